/**
 * Rounds with lag: where a job allows it, a wave that stands at a block that is late turns round
 * there, in at most `maxLag` rounds in a row. Blocks on its left go on, since nothing of theirs
 * depends on it; what is behind it waits, since its next boundary comes from there.
 *
 *   a      b      c                                     b is late
 *   r + 1  r      r     the wave of round r turns round in front of b: round r is over
 *   r + 2  r      r     the wave of round r + 1 has passed a, and stands at b again
 *   r + 2  r + 2  r + 2 b has answered: the same wave has composed it, and what c said in round r
 *
 * What a block has swept is about the left boundary that it had then (`left`), and is composed with
 * all that the boundary has moved by since (`leftSince`): movements add up. No sweep is made for
 * nothing, but rows freeze by gains that are some rounds older: rounds, and bits, depend on who was
 * fast.
 */
import { freezesInTurn } from '../../shared/numerics/solver/freeze.ts';
import type { BlockState, JobState } from './state.ts';
import { planOf, type Step } from './step.ts';
import { usualSweepMs } from './tally.ts';
import { newestBoundary } from './twins.ts';

/**
 * Times the median sweep of the job, and never less than some time: a sweep is late then. Before
 * that, waiting costs nothing that shows, and keeps the bits.
 */
const LATE = { times: 1.5, leastMs: 20 } as const;

/** The block has an answer for this round, to an order of this round or of an earlier one. */
export function isSweptFor({ phase, round, lag }: BlockState, current: number): boolean {
  return phase === 'swept' && round + lag === current;
}

export function maxLagOf(job: JobState): number {
  const plan = planOf(job);
  return freezesInTurn(plan) ? (plan.maxLag ?? 0) : 0;
}

/**
 * Whether the wave turns round where it stands: the block there is late, and all that can go on on
 * its left waits. Asks to be called again where the block may be late later.
 */
export function turnsRound(step: Step, job: JobState): boolean {
  const { next } = job.wave;
  const block = job.blocks[next];
  // first what costs nothing: most jobs may not lag
  if (block?.phase !== 'sweeping' || !mayTurn(job)) return false;
  const usualMs = usualSweepMs(job);
  if (usualMs === undefined) return false;
  const lateMs = block.sentMs + Math.max(LATE.leastMs, LATE.times * usualMs);
  if (step.atMs >= lateMs) return true;
  if (job.wave.lookMs !== lateMs) {
    job.wave = { ...job.wave, lookMs: lateMs };
    step.commands.push({ kind: 'lookAgain', afterMs: lateMs - step.atMs });
  }
  return false;
}

function mayTurn(job: JobState): boolean {
  const { next } = job.wave;
  const maxLag = maxLagOf(job);
  const round = job.tally.rounds + 1;
  // what moves comes back as other blocks
  const stays = ({ phase, lag }: BlockState): boolean =>
    lag < maxLag && (phase === 'sweeping' || phase === 'swept');
  if (maxLag === 0 || !job.blocks.slice(next).every(stays)) return false;
  // those that froze go when the round is over
  const left = job.blocks.slice(0, next).filter(({ phase }) => phase !== 'absorbed');
  return left.length > 0 && left.every((block) => isSweptFor(block, round + 1));
}

/** The rest of the live blocks belong to the next round, with what they were asked in this one. */
export function leaveBehind(step: Step, job: JobState): void {
  const { next } = job.wave;
  const round = job.tally.rounds + 1;
  const [late] = job.blocks.slice(next);
  if (late) late.leftSince = newestBoundary(job, late);
  for (const block of job.blocks.slice(next)) {
    block.lag++;
    const { residuals } = block;
    if (!residuals || residuals.round === round) continue;
    // what was said last of its rows still holds
    step.commands.push({ kind: 'trace', job: job.id, round: { ...residuals, round } });
  }
  job.tally = { ...job.tally, staleRounds: job.tally.staleRounds + 1 };
}
