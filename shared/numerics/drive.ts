/**
 * The rounds of a whole job in one process: the same solvers and the same composition as the
 * cluster, without messages. Used by tests and by `bench rounds`; it also sees what no coordinator
 * sees, every row of the trajectory.
 */
import { bundlesOf, statesOf } from './bundle.ts';
import { windowEndOf } from './compose.ts';
import type { Block } from './partition.ts';
import { runRound, type LiveBlock } from './round.ts';
import type { BlockProblem, Edge, SweepRange } from './solver/block-solver.ts';
import { createSolver } from './solver/create-solver.ts';
import { noErrors } from './solver/error-bound.ts';
import { freezeRule, type Freezing } from './solver/freeze.ts';
import { groupsOf } from './solver/groups.ts';
import { rollOutEdge } from './solver/roll-out.ts';

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
  /** What a report says of the deviation from the sequential sample. */
  readonly errorEstimate: number;
  /** How often the rounds started again with a stricter rule. */
  readonly restarts: number;
  /** With `keepRows`: X[0] .. X[N], [rows x samples x span]. */
  readonly trajectory?: Float32Array;
}

export async function drive(
  problem: DriveProblem,
  onRound?: (round: Round) => void,
): Promise<DriveResult> {
  const { table, window } = problem;
  const first = initialOf(problem);
  const { steps } = table;
  const rule = freezeRule(table, problem, problem.method.name);
  let at = start(problem, 0);
  let modelCalls = 0;
  let errorEstimate = 0;
  let round = 0;
  const count = (cost: { modelCalls: number }) => (modelCalls += cost.modelCalls);
  const roundsMax = problem.roundsMax ?? Infinity;
  while (Math.min(...at.frontier) < steps && round < roundsMax) {
    const { live } = at;
    // rounds that start again leave nothing out
    const entering = at.restarts > 0 ? { ...problem, interpolation: undefined } : problem;
    await enterBlocks(entering, live, { ...at, count });
    const active = live.filter(({ end }) => at.frontier.some((row) => row < end));
    const settled = await runRound(rule, active, at);
    settled.costs.forEach(count);
    const { frontier, errors } = settled;
    ({ errorEstimate } = settled);
    const windowEnd = windowEndOf(frontier, window, steps);
    const edge = rightEdge(active.at(-1)!);
    at = { ...at, frontier, errors, windowEnd, edge };
    round++;
    const open = live.filter(({ end }) => frontier.some((row) => row < end));
    const boundaries = open.map(({ begin, left }) => ({ row: begin, state: left ?? first }));
    onRound?.({ round, frontier, windowEnd, modelCalls, edge, boundaries });
    if (settled.distrusted && round < roundsMax) at = start(problem, at.restarts + 1);
  }
  const converged = Math.min(...at.frontier) >= steps;
  const trajectory = problem.keepRows && converged ? keptRows(problem, at.live) : undefined;
  const samples = statesOf(at.edge.state, problem.samples, table.parts);
  const result = { samples, rounds: round, modelCalls, converged, errorEstimate };
  return { ...result, restarts: at.restarts, ...(trajectory && { trajectory }) };
}

/** Where the rounds are. */
interface Position extends Freezing, SweepRange {
  readonly live: LiveBlock[];
  readonly edge: Edge;
}

function start({ guess, given, ...problem }: DriveProblem, restarts: number): Position {
  const { samples, dim, method, window, table } = problem;
  const initial = initialOf(problem);
  const errors = noErrors(samples, groupsOf(dim));
  const frontier = new Int32Array(samples);
  const edge = { row: 0, state: initial, ...(guess && { denoised: guess }) };
  const rolled = method.initialization === 'denoised' && method.name !== 'parareal';
  const cold = rolled && !guess && !given;
  const windowEnd = cold ? 1 : windowEndOf(frontier, window, table.steps);
  return { live: [], edge, frontier, windowEnd, errors, restarts };
}

/** X[0] of all samples. */
function initialOf({
  initial,
  samples,
  table,
}: Pick<DriveProblem, 'initial' | 'samples' | 'table'>) {
  return bundlesOf(initial, samples, table.parts);
}

/** X[0], then what each block hands over when it is released. */
function keptRows(problem: DriveProblem, live: readonly LiveBlock[]): Float32Array {
  const { table } = problem;
  const initial = initialOf(problem);
  const size = initial.length;
  const trajectory = new Float32Array((table.steps + 1) * size);
  trajectory.set(initial);
  for (const { begin, solver, moved, left } of live) {
    const rows = solver.rows?.(moved ? left : undefined);
    if (rows) trajectory.set(rows, (begin + 1) * size);
  }
  return trajectory;
}

/** The composed right end; what a correction still changed is in the block. */
function rightEdge({ solver, right }: LiveBlock): Edge {
  const own = solver.edge();
  return right && !solver.acceleration ? { ...own, state: right } : own;
}

interface Entering {
  readonly edge: Edge;
  readonly windowEnd: number;
  readonly count: (cost: { modelCalls: number }) => void;
}

async function enterBlocks(
  problem: DriveProblem,
  live: LiveBlock[],
  given: Entering,
): Promise<void> {
  let { edge } = given;
  for (const block of problem.blocks.slice(live.length)) {
    if (block.begin >= given.windowEnd) return;
    const parareal = problem.method.name === 'parareal';
    const left = parareal
      ? { row: block.begin, state: live.at(-1)?.right ?? initialOf(problem) }
      : rollOutEdge(problem, edge, block.begin);
    if (!problem.given) edge = left;
    const { state } = left;
    const solver = createSolver({ ...problem, ...block }, left);
    const entered: LiveBlock = { ...block, solver, left: state, moved: false, right: undefined };
    if (solver.pipeline) {
      const coarse = await solver.pipeline.absorb(undefined);
      given.count(coarse.cost);
      entered.right = coarse.right;
    }
    live.push(entered);
  }
}
