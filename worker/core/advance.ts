/**
 * Rounds without the coordinator: a block that is alone composes with nobody, so it sweeps, absorbs
 * and freezes by itself until its rows are final or the window asks for the next block.
 */
import type {
  FromBlock,
  ProgressReport,
  RoundResiduals,
  WorkCost,
} from '../../shared/kernel/block-messages.ts';
import { advanceFrontier } from '../../shared/numerics/compose.ts';
import type { Absorption, Cost } from '../../shared/numerics/solver/block-solver.ts';
import { addCost, noCost } from '../../shared/numerics/solver/block-solver.ts';
import type { OpenBlock, Order } from './block-rounds.ts';
import { edgeOf, residualsOf, workCost } from './block-rounds.ts';
import { requireLength } from './job-setup.ts';

const progressMs = 100;
const previewMs = 250;

export interface AdvanceHooks {
  readonly now: () => number;
  /** Lets the event loop turn: a cancel must get in between two rounds. */
  readonly breathe: () => Promise<void>;
  readonly send: (message: FromBlock) => void;
  readonly released: () => boolean;
  /** Says which round runs, for a failure in it. */
  readonly onRound: (round: number) => void;
}

interface Advance {
  readonly block: OpenBlock;
  readonly message: Order<'advance'>;
  readonly hooks: AdvanceHooks;
  frontier: Int32Array;
  rounds: number;
  weightedUpdateSum: number;
  updateNorm: number;
  /** Since the last report. */
  residuals: RoundResiduals[];
  cost: Cost;
  elapsedMs: number;
  reportedAt: number;
  previewedAt: number;
}

/** Undefined where the block was released meanwhile. */
export async function runAdvance(
  block: OpenBlock,
  message: Order<'advance'>,
  hooks: AdvanceHooks,
): Promise<FromBlock | undefined> {
  const { samples } = block.job.problem;
  requireLength('frontier', message.frontier, samples);
  const started = hooks.now();
  const run: Advance = {
    block,
    message,
    hooks,
    frontier: message.frontier,
    rounds: 0,
    weightedUpdateSum: 0,
    updateNorm: 0,
    residuals: [],
    cost: noCost,
    elapsedMs: 0,
    reportedAt: started,
    previewedAt: -Infinity,
  };
  while (goesOn(run)) {
    hooks.onRound(message.fence.round + run.rounds);
    await timed(run, () => oneRound(run));
    if (hooks.released()) return undefined;
    if (hooks.now() - run.reportedAt >= progressMs) report(run);
    await hooks.breathe();
    if (hooks.released()) return undefined;
  }
  const { rounds, weightedUpdateSum } = run;
  const { fence } = message;
  const edge = edgeOf(block);
  return { kind: 'advanced', fence, progress: taken(run), rounds, weightedUpdateSum, edge };
}

/** At least one round, or an advance that was not needed would be asked for again and again. */
function goesOn({ block, message, frontier, rounds }: Advance): boolean {
  if (rounds >= message.roundsMax) return false;
  const { table, window } = block.job.problem;
  const { end } = block.solver;
  const slowest = Math.min(...frontier);
  if (slowest >= end) return false;
  const needsNext = end < table.steps && slowest + window > end;
  return rounds === 0 || !needsNext;
}

/** Time between rounds belongs to others. */
async function timed(run: Advance, work: () => Promise<void>): Promise<void> {
  const started = run.hooks.now();
  await work();
  run.elapsedMs += run.hooks.now() - started;
}

async function oneRound(run: Advance): Promise<void> {
  const { block, message, frontier } = run;
  const { begin, end } = block.solver;
  const slowest = Math.min(...frontier);
  const windowEnd = Math.min(end, slowest + block.job.problem.window);
  const summary = await block.solver.sweep({ frontier, windowEnd });
  if (run.hooks.released()) return;
  const settled = await absorbAlone(run);
  run.frontier = advanceFrontier(frontier, [{ begin, end, passing: settled.passing }]);
  const round = message.fence.round + run.rounds;
  run.residuals.push(residualsOf(summary, round, run.frontier));
  run.rounds += 1;
  run.cost = addCost(addCost(run.cost, summary.cost), settled.cost);
  run.weightedUpdateSum += settled.weightedUpdateSum;
  run.updateNorm = settled.updateNorm;
}

/** With nothing to the left that moves and nothing to the right that weighs. */
async function absorbAlone({ block }: Advance): Promise<Absorption> {
  const weight = new Float64Array(block.job.problem.samples).fill(1);
  const absorption = await block.solver.absorb(undefined, weight);
  const { moments, cost } = absorption;
  if (moments === undefined) return absorption;
  const settled = block.solver.correct(new Float64Array(moments.length));
  return { ...settled, cost: addCost(cost, settled.cost) };
}

function report(run: Advance): void {
  const { hooks, message } = run;
  const preview = previewOf(run);
  const progress = { ...taken(run), ...(preview === undefined ? {} : { preview }) };
  hooks.send({ kind: 'progress', fence: message.fence, progress });
}

/** What happened since the last report. */
function taken(run: Advance): ProgressReport {
  const { residuals: rounds, frontier, updateNorm } = run;
  const cost: WorkCost = workCost(run.cost, run.elapsedMs);
  run.residuals = [];
  run.cost = noCost;
  run.elapsedMs = 0;
  run.reportedAt = run.hooks.now();
  return { rounds, frontier, cost, updateNorm };
}

/** The best guess of the samples: row N itself once it is live, x0-hat before. */
function previewOf(run: Advance): Float32Array | undefined {
  const { block, message, hooks } = run;
  const at = hooks.now();
  if (!message.previews || at - run.previewedAt < previewMs) return undefined;
  run.previewedAt = at;
  const { row, state, denoised } = edgeOf(block);
  return row === block.job.problem.table.steps ? state : denoised;
}
