/** Giving blocks to workers. Used by both ways of running a round. */
import { advanceFrontier, windowEndOf } from '../../shared/numerics/compose.ts';
import type { BlockState, JobState, LatentHandle } from './state.ts';
import { fenceOf, planOf, type Step } from './step.ts';
import { countFrozen } from './tally.ts';

/** Workers that may take blocks of a job's model, the least loaded first. */
export function eligibleWorkers(step: Step, job: JobState): string[] {
  const plan = planOf(job);
  const load = blocksPerWorker(step);
  return [...step.workers.values()]
    .filter(({ draining, models }) => !draining && models.some(matches(plan)))
    .map(({ id }) => id)
    .sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || (a < b ? -1 : 1));
}

function matches(plan: { model: string; modelSha256: string }) {
  return ({ name, sha256 }: { name: string; sha256: string }) =>
    name === plan.model && sha256 === plan.modelSha256;
}

function blocksPerWorker(step: Step): Map<string, number> {
  const load = new Map<string, number>();
  for (const { blocks } of step.jobs.values()) {
    for (const { worker } of blocks) load.set(worker, (load.get(worker) ?? 0) + 1);
  }
  return load;
}

/** Opens the job on a worker once. */
export function openOn(step: Step, job: JobState, worker: string): void {
  if (job.opened.includes(worker)) return;
  job.opened = [...job.opened, worker];
  step.commands.push({ kind: 'openJob', worker, job: job.id });
}

/** The next block of the partition enters at the right end. */
export function enterBlock(
  step: Step,
  job: JobState,
  left: LatentHandle | undefined,
  denoised: LatentHandle | undefined,
): BlockState {
  const index = job.nextBlock++;
  const { begin, end } = job.partition[index] ?? { begin: 0, end: 0 };
  const ready = Math.max(0, ...job.blocks.map((block) => block.ready));
  const block: BlockState = {
    index,
    begin,
    end,
    worker: workerFor(step, job, index),
    attempt: 0,
    round: job.tally.rounds,
    phase: 'absorbed',
    left,
    pendingLeft: [],
    leftFinal: index === 0,
    right: undefined,
    summary: undefined,
    passing: undefined,
    weightedUpdateSum: 0,
    residuals: undefined,
    moments: undefined,
    ready,
    failures: 0,
  };
  job.blocks = [...job.blocks, block];
  assign(step, job, block, denoised);
  return block;
}

/** Blocks are dealt out in turn, so that the worker whose block froze takes the next one. */
function workerFor(step: Step, job: JobState, index: number): string {
  const able = eligibleWorkers(step, job);
  const dealt = job.opened.filter((worker) => able.includes(worker));
  const turn = dealt.length > 0 ? dealt : able;
  return turn[index % Math.max(1, turn.length)] ?? '';
}

export function assign(
  step: Step,
  job: JobState,
  block: BlockState,
  denoised: LatentHandle | undefined,
): void {
  if (block.worker === '') return;
  openOn(step, job, block.worker);
  const { worker, begin, end, left } = block;
  const fence = fenceOf(step, job, block);
  const message = { kind: 'assignBlock', fence, begin, end, left, denoised } as const;
  step.commands.push({ kind: 'send', worker, message });
}

/**
 * Gives a block whose worker is gone to another one. Its rows are lost and nothing else: it starts
 * again from its left boundary, and the fixed point is the same for any start.
 */
export function reassign(step: Step, job: JobState, block: BlockState): boolean {
  block.attempt++;
  block.worker = eligibleWorkers(step, job)[0] ?? '';
  block.summary = undefined;
  block.moments = undefined;
  block.passing = new Int32Array(job.frontier.length);
  job.frontier = job.frontier.map((row) =>
    row > block.begin && row <= block.end ? block.begin : row,
  );
  const { window, steps } = planOf(job);
  job.windowEnd = windowEndOf(job.frontier, window, steps);
  assign(step, job, block, undefined);
  return block.worker !== '';
}

/** Drops the blocks that lie wholly behind every sample's frontier. */
export function releaseFrozen(step: Step, job: JobState): void {
  const slowest = Math.min(...job.frontier);
  for (const block of job.blocks.filter(({ end }) => end <= slowest)) {
    const fence = fenceOf(step, job, block);
    const message = { kind: 'releaseBlock', fence } as const;
    step.commands.push({ kind: 'send', worker: block.worker, message });
  }
  job.blocks = job.blocks.filter(({ end }) => end > slowest);
}

/** Freezes what passed in the given blocks, and takes down what that says about the error. */
export function freezeRows(job: JobState, blocks: readonly BlockState[]): void {
  const tested = blocks.flatMap(({ begin, end, passing }) =>
    passing ? [{ begin, end, passing }] : [],
  );
  const before = job.frontier;
  job.frontier = advanceFrontier(before, tested);
  for (const { begin, weightedUpdateSum, residuals } of blocks) {
    if (!job.frontier.some((row, m) => row > Math.max(begin, before[m] ?? 0))) continue;
    const errorEstimate = job.tally.errorEstimate + weightedUpdateSum;
    job.tally = { ...job.tally, errorEstimate };
    const from = Math.min(...before);
    if (residuals) countFrozen(job, residuals, from, Math.min(...job.frontier));
  }
}
