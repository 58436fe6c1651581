/**
 * The second half of a round of ParaTAA, in step over all live blocks: the Gram totals of all of
 * them are composed before any can correct its rows.
 *
 *   absorbing -> correcting -> (all corrected: freeze) -> end of the round
 */
import { composeMoments } from '../../shared/numerics/compose.ts';
import { takeMoved } from './blocks.ts';
import type { ReplyOf } from './event.ts';
import { isRightmost } from './orders.ts';
import { freezeTogether } from './rounds.ts';
import type { BlockState, JobState } from './state.ts';
import { fenceOf, tell, type Step } from './step.ts';
import { countWork } from './tally.ts';

export function sendAbsorb(step: Step, job: JobState, block: BlockState): void {
  block.phase = 'absorbing';
  block.corrected = undefined;
  const fence = fenceOf(step, job, block);
  const message = { kind: 'absorb', fence, left: takeMoved(block) } as const;
  tell(step, block, message);
}

export function onMoments(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'moments'>,
): void {
  countWork(job, block, reply.cost);
  block.moments = reply.moments;
  block.phase = 'correcting';
  settle(step, job);
}

export function onCorrected(
  step: Step,
  job: JobState,
  block: BlockState,
  reply: ReplyOf<'corrected'>,
): void {
  countWork(job, block, reply.cost);
  block.corrected = reply.rows;
  block.phase = 'absorbed';
  if (reply.edge) job.edge = reply.edge;
  settle(step, job);
}

/** Goes on once no block is on its way to `correcting` or `absorbed`. */
export function settle(step: Step, job: JobState): void {
  if (job.blocks.some(({ phase }) => phase === 'absorbing')) return;
  const waiting = job.blocks.filter(({ phase, moments }) => phase === 'correcting' && moments);
  if (waiting.length > 0) sendCorrections(step, job, waiting);
  else if (job.blocks.every(({ phase }) => phase === 'absorbed')) {
    const tested = job.blocks.map(({ corrected }) => ({ rows: corrected }));
    freezeTogether(step, job, tested);
  }
}

function sendCorrections(step: Step, job: JobState, blocks: readonly BlockState[]): void {
  const prefixes = composeMoments(blocks.map(({ moments }) => moments ?? new Float64Array()));
  for (const [j, block] of blocks.entries()) {
    block.moments = undefined;
    const fence = fenceOf(step, job, block);
    const prefix = prefixes[j] ?? new Float64Array();
    const message = { kind: 'correct', fence, prefix, rightmost: isRightmost(job, block) } as const;
    tell(step, block, message);
  }
}
