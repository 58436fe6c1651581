/**
 * Bugs that the simulation must find: each is a line of production code changed for the worse, with
 * what it stands for. `from` must occur exactly once, so that a mutant is not lost when code moves.
 */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const core = 'coordinator/core';

export const mutants: readonly Mutant[] = [
  {
    name: 'the fence forgets the round',
    file: `${core}/fence.ts`,
    from: 'if (!block || block.round !== round) return undefined;',
    to: 'if (!block) return undefined;',
  },
  {
    name: 'the fence forgets which answer a block waits for',
    file: `${core}/fence.ts`,
    from: 'return answers[reply.kind] === block.phase ? block : undefined;',
    to: 'return block;',
  },
  {
    name: 'the fence forgets who holds a block, and its attempt',
    file: `${core}/fence.ts`,
    from: 'if (holder.worker !== worker || holder.attempt !== attempt) return undefined;',
    to: '',
  },
  {
    name: 'a report of an advance counts twice',
    file: `${core}/fence.ts`,
    from: `if ('progress' in reply && !isNews(reply.progress, job)) return undefined;`,
    to: '',
  },
  {
    name: 'the rows of a released block count twice',
    file: `${core}/job-end.ts`,
    from: 'settleOwing(step, job, (other) => other.index !== index);',
    to: '',
  },
  {
    name: 'a lost block that the wave has reached starts from an old boundary',
    file: `${core}/recovery.ts`,
    from: '  block.left = newestBoundary(job, block);\n',
    to: '',
  },
  {
    name: 'a lost advance counts its rounds again',
    file: `${core}/recovery.ts`,
    from: `if (phase === 'advancing') block.round = job.tally.rounds + 1;`,
    to: '',
  },
  {
    name: 'a lost block that was swept is not swept again',
    file: `${core}/recovery.ts`,
    from: `else if (block.phase === 'sweeping') sendSweep`,
    to: `else if (phase === 'sweeping') sendSweep`,
  },
  {
    name: 'the wave does not go on after a loss',
    file: `${core}/recovery.ts`,
    from: '  job.wave = { ...job.wave, awaited: undefined };\n',
    to: '  job.wave = { ...job.wave, awaited: -1 };\n',
  },
  {
    name: 'a block is not told that its boundary moved',
    file: `${core}/wave.ts`,
    from: 'block.leftMoved = true;',
    to: '',
  },
  {
    name: 'a block takes a boundary for final that was not when it swept',
    file: 'shared/numerics/solver/tested-rows.ts',
    from: 'sweptFrom && sweptFrom[m]! < first ? (leftmost?.rms[m] ?? 0) : undefined;',
    to: 'sweptFrom && leftmost ? undefined : undefined;',
  },
  {
    name: 'rows of a lost block stay frozen',
    file: `${core}/blocks.ts`,
    from: 'row > block.begin && row <= block.end ? block.begin : row,',
    to: 'row,',
  },
  {
    name: 'a block keeps its attempt when it moves',
    file: `${core}/blocks.ts`,
    from: 'block.attempt = ++job.attempts;',
    to: '',
  },
  {
    name: 'leases never run out',
    file: `${core}/leases.ts`,
    from: 'if (step.atMs - lastSeenMs <= step.leaseMs) continue;',
    to: 'if (step.atMs >= lastSeenMs) continue;',
  },
  {
    name: 'leases run on while the coordinator stands still',
    file: `${core}/leases.ts`,
    from: 'if (stalledMs < DRIFT_MS_MIN) return;',
    to: 'if (stalledMs > DRIFT_MS_MIN) return;',
  },
  {
    name: 'who does not compute is trusted as long as it answers',
    file: `${core}/leases.ts`,
    from: 'return progressAgeMs > hangMs;',
    to: 'return progressAgeMs > hangMs && hangMs < 0;',
  },
  {
    name: 'a worker that registers again counts as dead',
    file: `${core}/membership.ts`,
    from: 'if (previous) exonerate(step, previous);',
    to: '',
  },
  {
    name: 'nobody looks at the answer of a worker in doubt',
    file: `${core}/leases.ts`,
    from: '} else if (lastSeenMs > probedMs) {',
    to: '} else if (lastSeenMs < probedMs) {',
  },
  {
    name: 'blocks without a worker are forgotten',
    file: `${core}/membership.ts`,
    from: '  if (previous) exonerate(step, previous);\n  recoverStranded(step);',
    to: '  if (previous) exonerate(step, previous);',
  },
  {
    name: 'only the first block of a lost worker is recovered',
    file: `${core}/membership.ts`,
    from: 'job.blocks.filter((own) => own.worker === id)) {',
    to: 'job.blocks.filter((own) => own.worker === id).slice(0, 1)) {',
  },
  {
    name: 'rounds that a loss cost use up the limit',
    file: `${core}/step.ts`,
    from: 'planOf(job).roundsMax + job.roundsLost',
    to: 'planOf(job).roundsMax',
  },
  {
    name: 'rows of a lost worker are waited for',
    file: `${core}/membership.ts`,
    from: `loseRows(step, job, (own) => own.worker === id, 'their worker was lost');`,
    to: '',
  },
  {
    name: 'workers are not told that a job is over',
    file: `${core}/job-end.ts`,
    from: 'if (step.workers.has(worker)) step.commands.push',
    to: "if (worker === '') step.commands.push",
  },
  {
    name: 'a block forgets where its left neighbour ends',
    file: `${core}/wave.ts`,
    from: 'before: before?.rightRow === first.begin ? before.right : undefined,',
    to: 'before: undefined,',
  },
  {
    name: 'the window is a row too wide',
    file: 'shared/numerics/compose.ts',
    from: 'return Math.min(steps, Math.min(...frontier) + window);',
    to: 'return Math.min(steps, Math.min(...frontier) + window + 1);',
  },
  {
    name: 'model calls are counted twice',
    file: `${core}/tally.ts`,
    from: 'modelCalls: tally.modelCalls + cost.modelCalls,',
    to: 'modelCalls: tally.modelCalls + 2 * cost.modelCalls,',
  },
  {
    name: 'those who share a call read the first rows',
    file: 'worker/core/slot-queue.ts',
    from: 'call.take(slot, at);',
    to: 'call.take(slot, Math.min(at, 0));',
  },
  {
    name: 'the queue forgets what a priority is worth',
    file: `${core}/fair-queue.ts`,
    from: 'dueMs: atMs - priority * PRIORITY_MS',
    to: 'dueMs: atMs',
  },
  {
    name: 'the queue takes the newest of those who can start',
    file: `${core}/fair-queue.ts`,
    from: 'waiting.find(({ job }) => canStart(job))',
    to: 'waiting.findLast(({ job }) => canStart(job))',
  },
  {
    name: 'a job that is cancelled while it waits is still in the queue',
    file: `${core}/job-end.ts`,
    from: `if (phase === 'queued') step.queue = withdrawn(step.queue, { client, job: id });`,
    to: '',
  },
  {
    name: 'a job that is over still counts as running',
    file: `${core}/job-end.ts`,
    from: 'step.running = step.running.filter((other) => other !== id);',
    to: '',
  },
  {
    name: 'jobs that were deferred are never asked again',
    file: `${core}/transition.ts`,
    from: `    case 'figuresKnown':
      return resumePlanning(step);`,
    to: `    case 'figuresKnown':
      return;`,
  },
  {
    name: 'a plan that nobody has is waited for',
    file: `${core}/jobs.ts`,
    from: `export function deferJob(step: Step, id: string): void {
  if (step.resolving === id) step.resolving = undefined;`,
    to: 'export function deferJob(step: Step, id: string): void {',
  },
  {
    name: 'exact mode freezes what moved by a last bit',
    file: 'shared/numerics/solver/freeze.ts',
    from: 'if (!(w * peak[passing]! <= movementMax)) break;',
    to: 'if (!(w * peak[passing]! <= movementMax + 1e-6)) break;',
  },
  {
    name: 'a block that moves starts from an old boundary',
    file: `${core}/handover.ts`,
    from: 'if (k === 0 && moved) piece.left = moved;',
    to: 'if (k === 0 && moved && !piece.left) piece.left = moved;',
  },
  {
    name: 'the rows behind a block that moves never enter',
    file: `${core}/handover.ts`,
    from: '{ begin: rightRow, end }, ...partition.slice(nextBlock)];',
    to: '...partition.slice(nextBlock)];',
  },
  {
    name: 'the wave loses its place when a block is cut',
    file: `${core}/handover.ts`,
    from: 'next: job.wave.next + fresh.length - 1 };',
    to: 'next: job.wave.next };',
  },
  {
    name: 'a block that was on its way is not swept when its worker is lost',
    file: `${core}/recovery.ts`,
    from: `if (phase === 'swept' || phase === 'moving') block.phase`,
    to: `if (phase === 'swept') block.phase`,
  },
  {
    name: 'a twin takes rows for frozen that it does not have',
    file: `${core}/twins.ts`,
    from: '  const frontier = thawed(job, block);\n',
    to: '  const { frontier } = job;\n',
  },
  {
    name: 'rows stay frozen that a winning twin does not have',
    file: `${core}/twins.ts`,
    from: '  job.frontier = thawed(job, block);\n',
    to: '',
  },
  {
    name: 'a twin starts from an old boundary',
    file: `${core}/twins.ts`,
    from: '  const left = newestBoundary(job, block);\n',
    to: '  const { left } = block;\n',
  },
  {
    name: 'the answer of a twin counts for the other one',
    file: `${core}/twins.ts`,
    from: 'if (isTwins) adoptTwin(step, job, block);',
    to: 'if (isTwins) dropTwin(step, job, block);',
  },
  {
    name: 'a twin is with the worker that is late',
    file: `${core}/stragglers.ts`,
    from: 'worker.id !== block.worker && !isLate(worker)',
    to: 'worker.id !== ""',
  },
  {
    name: 'twins cost what they like',
    file: `${core}/stragglers.ts`,
    from: '  if (job.twinRows + rows > twinRowsMax(job)) return;\n',
    to: '',
  },
  {
    name: 'a twin outlives its worker',
    file: `${core}/membership.ts`,
    from: 'if (block.twin?.worker === id) block.twin = undefined;',
    to: '',
  },
  {
    name: 'disk: a job is told to be safe before it is on disk',
    file: 'coordinator/shell/journal.ts',
    from: '    state.waiting.push({ change, patient, resolve, reject });',
    to: `    state.waiting.push({ change, patient, resolve, reject });
    resolve();`,
  },
  {
    name: 'disk: a known key makes another job',
    file: 'coordinator/shell/ledger.ts',
    from: 'const found = pending ?? store.findKey(key);',
    to: 'const found = pending;',
  },
  {
    name: 'disk: a checkpoint that is being written when its job ends stays',
    file: 'coordinator/shell/ledger.ts',
    from: '    await own.writing;',
    to: '',
  },
  {
    name: 'disk: a checkpoint is of the row that the fastest sample has reached',
    file: `${core}/checkpoint.ts`,
    from: `  const row = Math.min(...job.frontier);
  const { errors } = job;`,
    to: `  const row = Math.max(...job.frontier);
  const { errors } = job;`,
  },
  {
    name: 'disk: a job goes on one row behind its checkpoint',
    file: `${core}/deal.ts`,
    from: '  const begin = job.checkpoint?.row ?? 0;',
    to: '  const begin = job.checkpoint ? Math.min(plan.steps - 1, job.checkpoint.row + 1) : 0;',
  },
  {
    name: 'a worker in the minority stays',
    file: `${core}/convict.ts`,
    from: 'for (const { id } of known) quarantineWorker(step, id, why);',
    to: '',
  },
  {
    name: 'those that are right are put out',
    file: `${core}/spot-check.ts`,
    from: 'const wrong = votes.filter((vote) => !right.includes(vote));',
    to: 'const wrong = votes.filter((vote) => right.includes(vote));',
  },
  {
    name: 'one of two that differ is believed',
    file: `${core}/spot-check.ts`,
    from: 'if (right.length < 2) return askAnother(step, job, check, comparison);',
    to: 'if (right.length < 2) right.push(...votes.slice(0, 1));',
  },
  {
    name: 'votes that differ are no reason to do anything',
    file: `${core}/spot-check.ts`,
    from: 'if (right.length === votes.length) return',
    to: 'if (right.length <= votes.length) return',
  },
  {
    name: 'jobs with numbers of a worker that is out go on',
    file: `${core}/convict.ts`,
    from: 'for (const id of touched) forget(step, editJob(step, id));',
    to: 'touched.length = 0;',
  },
  {
    name: 'a job begins again from a checkpoint with wrong numbers',
    file: `${core}/forget-rounds.ts`,
    from: '  job.checkpoint = undefined;\n',
    to: '',
  },
  {
    name: 'a checkpoint forgets who had a hand in it',
    file: `${core}/jobs.ts`,
    from: 'hands: row === steps ? [] : hands',
    to: 'hands: []',
  },
  {
    name: 'only who came last had a hand in a job',
    file: `${core}/spot-check.ts`,
    from: 'job.checks = { ...job.checks, hands: [...hands, name] };',
    to: 'job.checks = { ...job.checks, hands: [name] };',
  },
  {
    name: 'a job is done while workers are still asked about it',
    file: `${core}/job-end.ts`,
    from: 'if (!job.outcome || job.owing.length > 0 || due || open.length > 0) return;',
    to: 'if (!job.outcome || job.owing.length > 0 || due) return;',
  },
  {
    name: 'a hand that is not there is not counted',
    file: `${core}/spot-check.ts`,
    from: 'job.checks = drop({ ...job.checks, due: undefined }, [...gone, ...alone]);',
    to: 'job.checks = { ...job.checks, due: undefined };',
  },
  {
    name: 'a vote that comes twice counts twice',
    file: `${core}/spot-check.ts`,
    from: 'vote.attempt === fence.attempt && !vote.state,',
    to: 'vote.attempt === fence.attempt,',
  },
  {
    name: 'a worker is asked once more about a step that it has computed',
    file: `${core}/spot-check.ts`,
    from: 'return !asked.includes(id) && !names.has(name);',
    to: 'return names.size > 0;',
  },
  {
    name: 'a vote that is lost is waited for',
    file: `${core}/checks.ts`,
    from: 'const votes = check.votes.filter((vote) => vote.worker !== worker || vote.state);',
    to: 'const votes = check.votes;',
  },
  {
    name: 'lag: the answer of a late block is composed with the newer boundary',
    file: `${core}/wave.ts`,
    from: '  const { begin, left, leftSince, summary } = block;',
    to: '  const { begin, leftSince, summary } = block;\n  const left = leftSince ?? block.left;',
  },
  {
    name: 'lag: a frozen boundary takes the bits that a block swept with',
    file: 'shared/numerics/compose.ts',
    from: '  const left = leftSince ?? sweptWith;',
    to: '  const left = leftSince ? sweptWith : sweptWith;',
  },
  {
    name: 'lag: blocks that are behind are asked for the next round as well',
    file: `${core}/rounds.ts`,
    from: 'other.round + other.lag < round)',
    to: 'other.round < round)',
  },
  {
    name: 'lag: a block that has caught up stays in its old round',
    file: `${core}/wave.ts`,
    from: '  block.round += block.lag;\n',
    to: '',
  },
  {
    name: 'lag: a block may be behind for ever',
    file: `${core}/lag.ts`,
    from: 'lag < maxLag && (phase',
    to: 'lag >= 0 && (phase',
  },
];
