/** Which workers share a job, and how its trajectory is cut for them. */
import {
  cutByShares,
  defaultBlocks,
  partition,
  turnsOf,
  type Share,
} from '../../shared/numerics/partition.ts';
import { ableWorkers, eligibleWorkers } from './blocks.ts';
import { modelOf, paceOf, slowness, timerOf, unevenShares } from './speed.ts';
import type { JobPlan, JobState, WorkerState } from './state.ts';
import { planOf, type Step } from './step.ts';

/**
 * Cuts what a job has to do, from row 0 or where it goes on; returns the workers that it is for.
 */
export function cutJob(step: Step, job: JobState): readonly string[] {
  const plan = planOf(job);
  const able = eligibleWorkers(step, job);
  const blocks = plan.blocks || defaultBlocks(plan.method, plan.steps, able.length);
  const begin = job.checkpoint?.row ?? 0;
  const even = partition(plan.steps - begin, plan.window, blocks);
  // a window that rolls has rows in one block more than it is long
  const dealt = dealtTo(plan, able, Math.min(even.length, blocks + 1));
  job.shares = even.length > 1 && plan.window > 1 ? sharesOf(step, plan, dealt) : undefined;
  job.partition = job.shares
    ? cutByShares({ begin, end: plan.steps }, job.shares, turnsOf(job.shares, blocks))
    : even.map((block) => ({ begin: begin + block.begin, end: begin + block.end }));
  return job.shares ? job.shares.map(({ worker }) => worker) : dealt;
}

/** At most one worker per block; the preferred ones first, of those the least loaded. */
function dealtTo({ deal }: JobPlan, able: readonly string[], blocks: number): readonly string[] {
  if (!deal) return able.slice(0, blocks);
  const preferred = able.filter((worker) => deal.prefer.includes(worker));
  const others = able.filter((worker) => !deal.prefer.includes(worker));
  return [...preferred, ...others].slice(0, Math.min(deal.count, blocks));
}

/** Rows of a round by worker, where that is better than the same for all. */
function sharesOf(step: Step, plan: JobPlan, workers: readonly string[]): Share[] | undefined {
  const { method, steps, window, samples } = plan;
  // the blocks of a pipeline are as long as its coarse steps
  if (method === 'parareal') return undefined;
  const timers = workers.flatMap((id) => {
    const worker = step.workers.get(id);
    return (worker && timerOf(worker, plan, step.atMs)) ?? [];
  });
  if (timers.length < workers.length) return undefined;
  const shares = unevenShares(Math.min(window, steps), timers, samples);
  return shares
    ?.map((rows, k) => ({ worker: workers[k] ?? '', rows }))
    .filter(({ rows }) => rows > 0);
}

/** Workers that may have rows of a job, the best first: as many as it was planned for. */
export function candidates(step: Step, job: JobState): WorkerState[] {
  const plan = planOf(job);
  const count = plan.deal?.count ?? (plan.blocks || Infinity);
  const able = ableWorkers(step, job);
  const slow = slowness(able, plan, step.atMs);
  const opened = new Set(job.opened);
  const rank = ({ id }: WorkerState): number => 2 * (slow.get(id) ?? 0) + (opened.has(id) ? 0 : 1);
  return able
    .map((worker) => ({ worker, at: rank(worker) }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ worker }) => worker);
}

/** Cut anew every so many rounds where workers differ: one that was slow may have recovered. */
const RECUT_ROUNDS = 8;

/**
 * Between two rounds: what is still to enter is cut for the workers that there are now, and what
 * moving a block is measured by is taken down (`handover.ts`).
 */
export function rebalance(step: Step, job: JobState): void {
  const plan = planOf(job);
  const paces = job.opened.flatMap((id) => {
    const worker = step.workers.get(id);
    const model = worker && modelOf(worker, plan);
    return model?.pace ? [paceOf(model, step.atMs)] : [];
  });
  job.pace = paces.toSorted((a, b) => a - b)[(paces.length - 1) >> 1] ?? 0;
  const since = job.startedMs;
  const holders = new Set(job.blocks.map(({ worker }) => worker));
  job.room = [...step.workers.values()].some(
    ({ id, attachedMs }) => attachedMs > since && !holders.has(id),
  );
  const joined = job.room && candidates(step, job).some(({ id }) => !job.opened.includes(id));
  job.room &&= joined;
  const due = job.shares !== undefined && job.tally.rounds % RECUT_ROUNDS === 0;
  if (job.recut || joined || due) cutRest(step, job);
  job.recut = false;
}

/** What has not entered yet. */
function cutRest(step: Step, job: JobState): void {
  const plan = planOf(job);
  const rest = job.partition[job.nextBlock];
  if (!rest || plan.method === 'parareal' || plan.window === 1) return;
  const workers = candidates(step, job).map(({ id }) => id);
  if (workers.length === 0) return;
  const rows = Math.min(plan.window, plan.steps);
  job.shares = sharesOf(step, plan, workers) ?? evenShares(workers, rows);
  const blocks = plan.blocks || job.opened.length;
  job.partition = [
    ...job.partition.slice(0, job.nextBlock),
    ...cutByShares({ begin: rest.begin, end: plan.steps }, job.shares, turnsOf(job.shares, blocks)),
  ];
}

function evenShares(workers: readonly string[], rows: number): Share[] {
  const upTo = (k: number): number => Math.floor((k * rows) / workers.length);
  return workers
    .map((worker, k) => ({ worker, rows: upTo(k + 1) - upTo(k) }))
    .filter((share) => share.rows > 0);
}
