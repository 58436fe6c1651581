/** Which workers share a job, and how its trajectory is cut for them. */
import {
  cutByShares,
  defaultBlocks,
  partition,
  turnsOf,
  type Share,
} from '../../shared/numerics/partition.ts';
import { eligibleWorkers } from './blocks.ts';
import { timerOf, unevenShares } from './speed.ts';
import type { JobPlan, JobState } from './state.ts';
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
  const dealt = dealtTo(plan, able, even.length);
  job.shares = even.length > 1 ? sharesOf(step, plan, dealt) : undefined;
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
