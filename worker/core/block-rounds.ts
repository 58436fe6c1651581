/** The rounds of one block: messages to solver calls, results to messages. */
import type {
  Fence,
  FromBlock,
  RoundResiduals,
  ToBlock,
  WorkCost,
} from '../../shared/kernel/block-messages.ts';
import { residualCodes } from '../../shared/kernel/residual-code.ts';
import type {
  Absorption,
  BlockSolver,
  BlockSummary,
  Cost,
  Edge,
} from '../../shared/numerics/solver/block-solver.ts';
import type { PreparedJob } from './job-setup.ts';
import { requireLength } from './job-setup.ts';

export interface OpenBlock {
  readonly job: PreparedJob;
  readonly solver: BlockSolver;
}

export type Order<K extends ToBlock['kind']> = Extract<ToBlock, { kind: K }>;

export async function runSweep(
  { solver, job }: OpenBlock,
  message: Order<'sweep'>,
  now: () => number,
): Promise<FromBlock> {
  const { fence, frontier, windowEnd, rightmost } = message;
  requireLength('frontier', frontier, job.problem.samples);
  const started = now();
  const summary = await solver.sweep({ frontier, windowEnd });
  const { offset, slope, weightFloor, weightScale, cost } = summary;
  return {
    kind: 'swept',
    fence,
    // Nobody stands right of the rightmost block: its edge follows with the absorption.
    ...(rightmost || offset === undefined ? {} : { offset }),
    slope,
    weightFloor,
    weightScale,
    cost: workCost(cost, now() - started),
    residuals: residualsOf(summary, fence.round, frontier),
  };
}

export async function runAbsorb(
  block: OpenBlock,
  message: Order<'absorb'>,
  now: () => number,
): Promise<FromBlock> {
  const { left, weight } = message;
  const { samples, dim } = block.job.problem;
  requireLength('weight', weight, samples);
  if (left !== undefined) requireLength('left', left, samples * dim);
  const started = now();
  const absorption = await block.solver.absorb(left, weight);
  return absorbed(block, message, absorption, now() - started);
}

export function runCorrect(
  block: OpenBlock,
  message: Order<'correct'>,
  now: () => number,
): FromBlock {
  const { memory } = block.job.problem.method;
  requireLength('prefix', message.prefix, block.job.problem.samples * memory * (memory + 1));
  const started = now();
  const absorption = block.solver.correct(message.prefix);
  return absorbed(block, message, absorption, now() - started);
}

function absorbed(
  block: OpenBlock,
  { fence, rightmost }: { readonly fence: Fence; readonly rightmost: boolean },
  absorption: Absorption,
  elapsedMs: number,
): FromBlock {
  const { passing, updateNorm, weightedUpdateSum, right, moments, cost } = absorption;
  return {
    kind: 'absorbed',
    fence,
    passing,
    updateNorm,
    weightedUpdateSum,
    ...(right === undefined ? {} : { right }),
    ...(moments === undefined ? {} : { moments }),
    cost: workCost(cost, elapsedMs),
    // With moments the rows are not where they will be: the edge comes with the correction.
    ...(rightmost && moments === undefined ? { edge: edgeOf(block) } : {}),
  };
}

/** At row N the state is the sample: nothing grows from there, so no x0-hat is needed. */
export function edgeOf({ job, solver }: OpenBlock): Edge {
  const { row, state, denoised } = solver.edge();
  if (denoised === undefined || row === job.problem.table.steps) return { row, state };
  return { row, state, denoised };
}

export function residualsOf(
  { firstStep, residualNorms }: BlockSummary,
  round: number,
  frontier: Int32Array,
): RoundResiduals {
  return { round, firstStep, codes: residualCodes(residualNorms), frontier: Math.min(...frontier) };
}

/** What is neither the model nor the wait for it is vector work. */
export function workCost(cost: Cost, elapsedMs: number): WorkCost {
  return { ...cost, scanMs: Math.max(0, elapsedMs - cost.modelMs - cost.queueMs) };
}
