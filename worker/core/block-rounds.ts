/** The rounds of one block: messages to solver calls, results to messages. */
import type {
  ComputedStep,
  FromBlock,
  RoundResiduals,
  ToBlock,
  WorkCost,
} from '../../shared/kernel/block-messages.ts';
import { residualCodes } from '../../shared/kernel/residual-code.ts';
import { spanOf } from '../../shared/numerics/bundle.ts';
import type { BlockSolver, BlockSummary, Cost } from '../../shared/numerics/solver/block-solver.ts';
import type { Edge } from '../../shared/numerics/solver/block-solver.ts';
import { noCost } from '../../shared/numerics/solver/block-solver.ts';
import { BlockError } from './block-error.ts';
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
  const { fence, frontier, windowEnd, left, wantsDenoised, wantsFrozen, wantsStep } = message;
  requireLength('frontier', frontier, job.problem.samples);
  requireLeft(job, left);
  const started = now();
  const summary = await solver.sweep({ frontier, windowEnd }, left);
  const { row, offset, slope, rows, cost } = summary;
  // at row N the state is the sample: nothing grows from there
  const grows = wantsDenoised && row < job.problem.table.steps;
  const denoised = grows ? solver.denoised() : undefined;
  const volatility = denoised && solver.volatility?.();
  const frozen = wantsFrozen ? frozenRow(solver, frontier) : undefined;
  const step = wantsStep ? computedStep(solver, frontier) : undefined;
  return {
    kind: 'swept',
    fence,
    row,
    ...(offset && { offset }),
    slope,
    ...(rows && { rows }),
    ...(denoised && { denoised, ...(volatility && { volatility }) }),
    ...(frozen && { frozen }),
    ...(step && { step }),
    cost: workCost(cost, now() - started),
    residuals: residualsOf(summary, fence.round, frontier),
  };
}

/** The row at the slowest sample's frontier, where the block has it. */
export function frozenRow(solver: BlockSolver, frontier: Int32Array): Float32Array | undefined {
  const row = Math.min(...frontier);
  return solver.begin < row && row < solver.end ? solver.frozenRow?.(row) : undefined;
}

/** The step of the slowest sample's frontier, where the block has swept it just now. */
export function computedStep(solver: BlockSolver, frontier: Int32Array): ComputedStep | undefined {
  const row = Math.min(...frontier);
  if (row < solver.begin || row >= solver.end || !solver.evaluated) return undefined;
  const samples = [...frontier.keys()].filter((m) => frontier[m] === row);
  return { row, samples, ...solver.evaluated(row) };
}

export async function runAbsorb(
  { solver, job }: OpenBlock,
  { fence, left }: Order<'absorb'>,
  now: () => number,
): Promise<FromBlock> {
  requireLeft(job, left);
  const started = now();
  if (solver.acceleration) {
    const moments = solver.acceleration.absorb(left);
    return { kind: 'moments', fence, moments, cost: workCost(noCost, now() - started) };
  }
  if (!solver.pipeline) throw unexpected('absorb', job);
  const { cost, ...absorbed } = await solver.pipeline.absorb(left);
  return { kind: 'absorbed', fence, ...absorbed, cost: workCost(cost, now() - started) };
}

export function runCorrect(
  block: OpenBlock,
  { fence, prefix, rightmost }: Order<'correct'>,
  now: () => number,
): FromBlock {
  const { job, solver } = block;
  const { memory } = job.problem.method;
  requireLength('prefix', prefix, job.problem.samples * memory * (memory + 1));
  if (!solver.acceleration) throw unexpected('correct', job);
  const started = now();
  const rows = solver.acceleration.correct(prefix);
  const cost = workCost(noCost, now() - started);
  return { kind: 'corrected', fence, rows, cost, ...(rightmost && { edge: edgeOf(block) }) };
}

/** The rows of a block that is frozen, for a job whose trajectory is kept. */
export function runCollect(
  { solver, job }: OpenBlock,
  { fence, left }: Order<'releaseBlock'>,
): FromBlock {
  requireLeft(job, left);
  if (!solver.rows) throw unexpected('collect', job);
  return { kind: 'rows', fence, first: solver.begin + 1, states: solver.rows(left) };
}

/** The live rows of a block that others go on with. */
export function runHandOver(
  { solver, job }: OpenBlock,
  { fence, left }: Order<'releaseBlock'>,
): FromBlock {
  requireLeft(job, left);
  if (!solver.liveRows) throw unexpected('hand over', job);
  return { kind: 'rows', fence, ...solver.liveRows(left) };
}

function unexpected(order: string, { problem }: PreparedJob): BlockError {
  return new BlockError('VERSION_SKEW', `${problem.method.name} takes no order "${order}" here`);
}

export function requireLeft({ problem }: PreparedJob, left: Float32Array | undefined): void {
  if (left !== undefined) requireLength('left', left, problem.samples * spanOf(problem));
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
export function workCost({ elapsedMs, ...cost }: Cost, totalMs: number): WorkCost {
  return { ...cost, scanMs: Math.max(0, totalMs - elapsedMs) };
}
