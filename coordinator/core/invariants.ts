/** What must hold between any two events. Checked in every simulation, and cheap enough for it. */
import { assert } from '../../shared/kernel/assert.ts';
import type { Command } from './command.ts';
import { checkReleases } from './releases.ts';
import type { BlockState, JobState, State } from './state.ts';
import { twinRowsMax } from './stragglers.ts';

/** Of one step of the core. @throws AssertionError naming the job and what is wrong with it. */
export function checkTransition(before: State, after: State, commands: readonly Command[]): void {
  checkInvariants(after);
  checkProgress(before, after);
  checkReleases(before, after, commands);
}

/** @throws AssertionError naming the job and what is wrong with it. */
export function checkInvariants(state: State): void {
  for (const job of state.jobs.values()) checkJob(state, job);
  checkQueue(state);
}

/** A job waits, runs or is over, and is in the list of what it does. */
function checkQueue({ jobs, queue, running, resolving }: State): void {
  const entries = [...queue.clients.values()].flatMap(({ waiting }) => waiting);
  const waiting = new Set(entries.map(({ job }) => job));
  assert(entries.length === queue.waiting && waiting.size === entries.length, 'a queue miscounts');
  for (const { id, phase, whole } of jobs.values()) {
    const queued = phase === 'queued' && whole === undefined;
    assert(waiting.has(id) === queued, `job ${id} is ${phase}, and the queue says otherwise`);
    assert(running.includes(id) === (phase === 'running'), `job ${id} is ${phase}, but not listed`);
  }
  const planned = resolving === undefined || waiting.has(resolving);
  assert(planned, `a plan is made for ${resolving ?? ''}, which does not wait for one`);
}

function checkJob(state: State, job: JobState): void {
  const where = `job ${job.id}`;
  if (job.phase !== 'running') {
    assert(job.blocks.length === 0, `${where} is ${job.phase} and holds blocks`);
    assert(job.owing.length === 0, `${where} is ${job.phase} and waits for rows`);
    return;
  }
  for (const { index, worker } of job.owing) {
    assert(state.workers.has(worker), `${where} waits for rows of block ${index} from nobody`);
  }
  const { due, open } = job.checks;
  assert(!due, `${where} has a check that nobody began`);
  const waits = job.owing.length > 0 || open.length > 0;
  assert(!job.outcome || waits, `${where} is settled and waits for nothing`);
  checkVotes(state, job);
  const { plan, blocks, frontier, windowEnd } = job;
  assert(plan, `${where} runs without a plan`);
  assert(frontier.length === plan.samples, `${where} has a frontier per sample`);
  const slowest = Math.min(...frontier);
  assert(windowEnd <= slowest + Math.max(plan.window, 1), `${where} has too many live rows`);
  for (const [k, block] of blocks.entries()) {
    const name = `${where} block ${block.index}`;
    const next = blocks[k + 1];
    // one that moved takes along what is not frozen
    const follows = !next || next.begin === block.end || next.begin <= slowest;
    assert(follows, `${name} is not followed by its neighbour`);
    assert(block.index < job.indices, `${name} has no name of its own`);
    assert(!twice(blocks, block), `${name} is there twice`);
    assert(next || behindLast(job) === block.end, `rows behind ${name} would never enter`);
    assert(block.begin === 0 || block.left, `${name} has no left boundary`);
    checkTwin(state, job, block);
    checkLag(job, block);
    const held = block.worker === '' || state.workers.has(block.worker);
    assert(held, `${name} is with ${block.worker}, which is gone`);
  }
}

/** I6: one lease, and at most one twin of it, for a tenth of the job's calls at most. */
function checkTwin(state: State, job: JobState, block: BlockState): void {
  const { twin, worker, phase, attempt, index } = block;
  if (!twin) return;
  const name = `the twin of job ${job.id} block ${index}`;
  assert(phase === 'sweeping', `${name} has nothing to win: the block is ${phase}`);
  assert(twin.worker !== worker, `${name} is with the same worker`);
  assert(state.workers.has(twin.worker), `${name} is with ${twin.worker}, which is gone`);
  assert(twin.attempt > attempt, `${name} is older than the block`);
  assert(job.twinRows <= twinRowsMax(job), `${name} costs too many model calls`);
}

/** A block is behind by so many rounds at most, and still has an answer to give. */
function checkLag(job: JobState, { index, lag, leftSince, phase, round }: BlockState): void {
  const name = `job ${job.id} block ${index}`;
  if (lag === 0) return assert(!leftSince, `${name} has two left boundaries`);
  assert(lag <= (job.plan?.maxLag ?? 0), `${name} is ${lag} rounds behind`);
  assert(phase === 'sweeping' || phase === 'swept', `${name} is behind and ${phase}`);
  const behind = job.tally.rounds + 1 - (round + lag);
  assert(behind === 0 || behind === -1, `${name} answers no round that runs`);
}

/** Who is asked to recompute a step is there, and has the job. */
function checkVotes(state: State, { id, opened, checks }: JobState): void {
  for (const { row, votes } of checks.open) {
    for (const { worker, state: said } of votes) {
      if (said) continue;
      const name = `job ${id} waits for ${worker} to recompute step ${row}`;
      assert(state.workers.has(worker), `${name}, which is gone`);
      assert(opened.includes(worker) || checks.opened.includes(worker), `${name} unopened`);
    }
  }
}

function twice(blocks: JobState['blocks'], { index }: { readonly index: number }): boolean {
  return blocks.filter((other) => other.index === index).length > 1;
}

/** The first row that no block has taken yet. */
function behindLast({ partition, nextBlock, plan }: JobState): number {
  return partition[nextBlock]?.begin ?? plan?.steps ?? 0;
}

/**
 * A frozen row stays frozen, unless its block was lost or the rounds start again; rounds and calls
 * only grow.
 */
export function checkProgress(before: State, after: State): void {
  for (const [id, now] of after.jobs) {
    const then = before.jobs.get(id);
    if (!then) continue;
    const ended = then.phase === 'done' || then.phase === 'failed' || then.phase === 'cancelled';
    assert(!ended || now.phase === then.phase, `job ${id} left its final state ${then.phase}`);
    assert(now.tally.rounds >= then.tally.rounds, `job ${id} lost rounds`);
    assert(now.tally.modelCalls >= then.tally.modelCalls, `job ${id} lost model calls`);
    // a job in parts holds no blocks: its parts are looked at themselves
    const parts = now.plan?.parts !== undefined;
    const lost = now.blocks.some((block) => {
      const old = then.blocks.find(({ index }) => index === block.index);
      return old !== undefined && old.attempt !== block.attempt;
    });
    const over = now.checks.startedOver > then.checks.startedOver;
    // a job that goes on where an earlier process left it brings along that it had started again
    const restarted = then.phase !== 'queued' && (now.restarts > then.restarts || over);
    const back = then.frontier.some((row, m) => (now.frontier[m] ?? row) < row);
    assert(
      parts || lost || restarted || !back || then.phase === 'queued',
      `job ${id} thawed a frozen row`,
    );
    const fresh = now.rowsLost === '' && now.owing.length === 0 && now.tally.residualMax === 0;
    assert(!restarted || fresh, `job ${id} starts again with what it lost before`);
  }
}
