/**
 * The rounds of a whole job in one process: the same solvers and the same composition as the
 * cluster, without messages. Used by tests and by `bench rounds`; it also sees what no coordinator
 * sees, every row of the trajectory.
 */
import {
  advanceFrontier,
  composeBoundary,
  composeMoments,
  composeWeights,
  windowEndOf,
} from './compose.ts';
import type { Block } from './partition.ts';
import type {
  Absorption,
  BlockProblem,
  BlockSolver,
  BlockSummary,
  Edge,
} from './solver/block-solver.ts';
import { createSolver } from './solver/create-solver.ts';
import { rollOutBoundary } from './solver/roll-out.ts';

export interface DriveProblem extends Omit<BlockProblem, 'begin' | 'end'> {
  readonly blocks: readonly Block[];
  /** x[0] of all samples, [samples x dim]. */
  readonly initial: Float32Array;
  /** x0-hat to start from, [samples x dim]; without one the first round evaluates one row. */
  readonly guess?: Float32Array;
  readonly roundsMax?: number;
}

export interface Round {
  readonly round: number;
  readonly frontier: Int32Array;
  readonly windowEnd: number;
  readonly modelCalls: number;
  /** Current right edge of the active rows; row N is the estimate of the sample. */
  readonly edge: Edge;
  /** Left boundaries of the blocks that are still live, left to right. */
  readonly boundaries: readonly { readonly row: number; readonly state: Float32Array }[];
}

export interface DriveResult {
  readonly samples: Float32Array;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly converged: boolean;
}

interface Live extends Block {
  readonly solver: BlockSolver;
  left: Float32Array;
  right: Float32Array | undefined;
}

export async function drive(
  problem: DriveProblem,
  onRound?: (round: Round) => void,
): Promise<DriveResult> {
  const { samples, table, window } = problem;
  const live: Live[] = [];
  let frontier: Int32Array = new Int32Array(samples);
  let modelCalls = 0;
  let round = 0;
  const { guess } = problem;
  let edge: Edge = { row: 0, state: problem.initial, ...(guess && { denoised: guess }) };
  const count = (cost: { modelCalls: number }) => (modelCalls += cost.modelCalls);
  const { name, initialization } = problem.method;
  const cold = initialization === 'denoised' && name !== 'parareal' && !guess;
  let windowEnd = cold ? 1 : windowEndOf(frontier, window, table.steps);
  while (Math.min(...frontier) < table.steps && round < (problem.roundsMax ?? Infinity)) {
    await enterBlocks(problem, live, { edge, windowEnd, count });
    const active = live.filter(({ end }) => frontier.some((row) => row < end));
    const range = { frontier, windowEnd };
    const summaries = await Promise.all(active.map(({ solver }) => solver.sweep(range)));
    summaries.forEach(({ cost }) => count(cost));
    const absorptions = await absorbAll(problem, active, summaries);
    absorptions.forEach(({ cost }) => count(cost));
    frontier = advanceFrontier(
      frontier,
      active.map(({ begin, end }, j) => ({ begin, end, passing: absorptions[j]!.passing })),
    );
    windowEnd = windowEndOf(frontier, window, table.steps);
    edge = active.at(-1)!.solver.edge();
    round++;
    const open = live.filter(({ end }) => frontier.some((row) => row < end));
    const boundaries = open.map(({ begin, left }) => ({ row: begin, state: left }));
    onRound?.({ round, frontier, windowEnd, modelCalls, edge, boundaries });
  }
  const converged = Math.min(...frontier) >= table.steps;
  return { samples: edge.state, rounds: round, modelCalls, converged };
}

interface Entering {
  readonly edge: Edge;
  readonly windowEnd: number;
  readonly count: (cost: { modelCalls: number }) => void;
}

async function enterBlocks(problem: DriveProblem, live: Live[], given: Entering): Promise<void> {
  for (const block of problem.blocks.slice(live.length)) {
    if (block.begin >= given.windowEnd) return;
    const parareal = problem.method.name === 'parareal';
    const state = parareal
      ? (live.at(-1)?.right ?? problem.initial)
      : rollOutBoundary(problem, given.edge, block.begin);
    const left = { ...given.edge, row: block.begin, state };
    const solver = createSolver({ ...problem, ...block }, left);
    const entered: Live = { ...block, solver, left: state, right: undefined };
    if (parareal) {
      const coarse = await solver.absorb(undefined, ones(problem.samples));
      given.count(coarse.cost);
      entered.right = coarse.right;
    }
    live.push(entered);
  }
}

function ones(samples: number): Float64Array {
  return new Float64Array(samples).fill(1);
}

/** Compose left to right and absorb; Parareal composes in the block itself. */
async function absorbAll(
  problem: DriveProblem,
  active: readonly Live[],
  summaries: readonly BlockSummary[],
): Promise<Absorption[]> {
  const weights = composeWeights(summaries, problem.samples);
  const absorptions: Absorption[] = [];
  let moved: Float32Array | undefined;
  for (const [j, block] of active.entries()) {
    const leftOld = block.left;
    block.left = moved ?? leftOld;
    const absorption = await block.solver.absorb(moved, weights[j]!);
    absorptions.push(absorption);
    const { offset, slope } = summaries[j]!;
    moved = absorption.right;
    if (offset && !moved) moved = composeBoundary({ offset, slope }, block.left, leftOld);
    block.right = moved;
  }
  if (!absorptions[0]?.moments) return absorptions;
  const prefixes = composeMoments(absorptions.map(({ moments }) => moments!));
  return active.map(({ solver }, j) => solver.correct(prefixes[j]!));
}
