/**
 * Sweeps that take too long, looked for with every tick. Three times the median of the sweeps of
 * their job, and at least half a second: a twin of the block starts, as long as twins cost at most
 * a tenth of the job's model calls. Ten times: the lease is revoked, and the block starts anew.
 */
import { freezesInTurn } from '../../shared/numerics/solver/freeze.ts';
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { candidates } from './deal.ts';
import { revokeBlock } from './recovery.ts';
import { curveTimer, modelOf, timerOf } from './speed.ts';
import type { BlockState, JobState, WorkerState } from './state.ts';
import { editJob, planOf, type Step } from './step.ts';
import { usualSweepMs } from './tally.ts';
import { rowsOf, startTwin, thawed } from './twins.ts';

/** How often sweeps are looked at: a fraction of the shortest time that is too long. */
export const LOOK_MS = 100;
/** Times the median sweep, and never below: few short sweeps say little (Spark PR 26614). */
const SOFT = { times: 3, leastMs: 500 } as const;
const HARD = { times: 10, leastMs: 5_000 } as const;
/** Of the model calls of a job, what twins may cost. */
export const TWIN_SHARE = 0.1;

export function watchSweeps(step: Step): void {
  for (const { id, phase, plan, blocks, sweepMs } of [...step.jobs.values()]) {
    if (phase !== 'running' || !plan || !freezesInTurn(plan) || plan.audit || plan.keepRows)
      continue;
    const medianMs = usualSweepMs({ sweepMs });
    if (medianMs === undefined) continue;
    const leastMs = Math.max(SOFT.leastMs, SOFT.times * medianMs);
    if (!blocks.some((block) => isBusy(block) && age(step, block) > leastMs)) continue;
    const job = editJob(step, id);
    for (const block of job.blocks) {
      if (!isBusy(block) || block.worker === '') continue;
      const usualMs = Math.max(medianMs, expectedMs(step, job, block));
      const late = (limit: typeof SOFT | typeof HARD): boolean =>
        age(step, block) > Math.max(limit.leastMs, limit.times * usualMs);
      if (late(HARD)) revoke(step, job, block);
      else if (late(SOFT) && !block.twin) speculate(step, job, block);
    }
  }
}

function age({ atMs }: Step, { sentMs }: BlockState): number {
  return atMs - sentMs;
}

/** All that its worker has of the job, at the speed that it was measured at. */
function expectedMs(step: Step, job: JobState, { worker: id }: BlockState): number {
  const plan = planOf(job);
  const worker = step.workers.get(id);
  const model = worker && modelOf(worker, plan);
  if (!model?.curve) return 0;
  const own = job.blocks.filter((block) => block.worker === id && isBusy(block));
  const rows = own.reduce((sum, block) => sum + rowsOf(block, job.windowEnd), 0);
  return curveTimer(model.curve)(plan.samples * rows);
}

function speculate(step: Step, job: JobState, block: BlockState): void {
  const { window, steps, samples } = planOf(job);
  const rows = samples * rowsOf(block, windowEndOf(thawed(job, block), window, steps));
  if (job.twinRows + rows > twinRowsMax(job)) return;
  const taker = takerOf(step, job, block);
  if (taker !== undefined) startTwin(step, job, block, taker);
}

/** Every job takes N calls a sample at least. */
export function twinRowsMax(job: JobState): number {
  const { steps, samples } = planOf(job);
  return TWIN_SHARE * Math.max(job.tally.modelCalls, steps * samples);
}

/** Who would be done with the block first, of those who answer in time. */
function takerOf(step: Step, job: JobState, block: BlockState): string | undefined {
  const plan = planOf(job);
  const isLate = ({ id }: WorkerState): boolean =>
    job.blocks.some(
      (other) => other.worker === id && other.sentMs <= block.sentMs && isBusy(other),
    );
  const rowsWith = (id: string): number =>
    job.blocks
      .filter((other) => isBusy(other) && (other.worker === id || other.twin?.worker === id))
      .reduce((sum, other) => sum + rowsOf(other, job.windowEnd), rowsOf(block, job.windowEnd));
  const takers = candidates(step, job)
    .filter((worker) => worker.id !== block.worker && !isLate(worker))
    .map((worker) => {
      const timer = timerOf(worker, plan, step.atMs);
      const rows = plan.samples * rowsWith(worker.id);
      return { id: worker.id, ms: timer ? timer(rows) : rows };
    });
  return takers.toSorted((a, b) => a.ms - b.ms)[0]?.id;
}

function isBusy({ phase }: BlockState): boolean {
  return phase === 'sweeping';
}

/** Its worker answers heartbeats and nothing else: somebody else has to do it. */
function revoke(step: Step, job: JobState, block: BlockState): void {
  const taker = takerOf(step, job, block);
  if (block.twin || taker !== undefined) revokeBlock(step, job, block, taker);
}
