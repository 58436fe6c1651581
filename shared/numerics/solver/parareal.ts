/**
 * Parareal on blocks: SRDS (Selvam, Merchant, Ermon, NeurIPS 2024, arXiv 2412.08292).
 *
 *   Fine     the block's own steps, one after the other
 *   G        one x0-hat jump over the block with the block's own noise: one model call, which is
 *            also the first call of Fine at the same state
 *
 *   U_e <- Y + (G(U_s new) - G(U_s old)),   Y = Fine(U_s old)
 *
 * Computed literally so, equal coarse values cancel bit for bit and the first k blocks are exact
 * after k rounds. A block without Y yet (its first absorption) answers with the coarse value.
 *
 *   U_s, U_e  left and right boundary   Y  fine result   g  coarse result
 */
import { rmsDifference } from '../differences.ts';
import * as vector from '../vector.ts';
import type {
  Absorption,
  BlockProblem,
  BlockSolver,
  BlockSummary,
  Cost,
  Edge,
  SweepRange,
} from './block-solver.ts';
import { addCost, noCost } from './block-solver.ts';
import { freezeThreshold, MOVEMENT_SHARE } from './freeze.ts';
import { applyStep } from '../apply-step.ts';
import { spanOf } from '../bundle.ts';
import { rollOutStep } from './roll-out.ts';
import { TrajectoryError } from '../../kernel/outcome.ts';

interface PararealState {
  readonly problem: BlockProblem;
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly fine: Float32Array;
  readonly coarse: Float32Array;
  /** F at the left boundary: the first fine step, from the coarse call. */
  readonly firstImage: Float32Array;
  readonly output: Float32Array;
  readonly denoised: Float32Array;
  readonly drawn: Float32Array;
  /** 1 where the left boundary is known to be final, and where `fine` started from such a one. */
  readonly final: Uint8Array;
  readonly fineFromFinal: Uint8Array;
  hasCoarse: boolean;
  hasFine: boolean;
  /** Rows of the last fine sweep, x[begin + 1 .. end], where the job keeps them. */
  readonly kept: Float32Array | undefined;
  /** What its right boundary may move by and the block still freeze. */
  readonly threshold: number;
}

export function createParareal(problem: BlockProblem, left: Edge): BlockSolver {
  const size = problem.samples * spanOf(problem);
  const latents = () => new Float32Array(size);
  const plain = () => new Float32Array(problem.samples * problem.dim);
  const state: PararealState = {
    problem,
    left: left.state.slice(),
    right: latents(),
    fine: latents(),
    coarse: latents(),
    firstImage: latents(),
    output: latents(),
    denoised: plain(),
    drawn: plain(),
    final: new Uint8Array(problem.samples),
    fineFromFinal: new Uint8Array(problem.samples),
    hasCoarse: false,
    hasFine: false,
    kept: problem.keepRows ? new Float32Array((problem.end - problem.begin) * size) : undefined,
    threshold: freezeThreshold(problem),
  };
  return {
    begin: problem.begin,
    end: problem.end,
    sweep: (range) => fineSweep(state, range),
    denoised: () => undefined,
    edge: () => ({ row: problem.end, state: state.right.slice() }),
    ...(state.kept && { rows: () => keptRows(state, problem.end, state.right) }),
    pipeline: { absorb: (boundary) => coarseAbsorb(state, boundary) },
  };
}

/** Fine: the serial steps of the block from its left boundary, all samples side by side. */
async function fineSweep(state: PararealState, range: SweepRange): Promise<BlockSummary> {
  const { problem, fine, left } = state;
  const { begin, end, samples } = problem;
  for (let m = 0; m < samples; m++) {
    state.final[m] = range.frontier[m]! >= begin ? 1 : 0;
    state.fineFromFinal[m] = state.final[m]!;
  }
  let cost = noCost;
  if (!state.hasCoarse) cost = await evaluateCoarse(state, left);
  state.hasCoarse = true;
  fine.set(state.firstImage);
  keptRows(state, begin + 1, fine);
  for (let i = begin + 1; i < end; i++) {
    cost = addCost(cost, await fineStep(state, i));
    keptRows(state, i + 1, fine);
  }
  state.hasFine = true;
  const residual = worst(state, (at) => rmsDifference(fine, at, state.right, at, problem.dim));
  return {
    row: end,
    slope: new Float64Array(samples * problem.table.parts * problem.table.parts),
    cost,
    firstStep: begin,
    residualNorms: new Float32Array(end - begin).fill(residual),
  };
}

/** Keeps one row, and returns all of them; the last one is the right boundary in the end. */
function keptRows({ kept, problem }: PararealState, row: number, from: Float32Array): Float32Array {
  kept?.set(from, (row - problem.begin - 1) * from.length);
  return kept ?? from;
}

function worst({ problem }: PararealState, measure: (at: number) => number): number {
  let max = 0;
  const span = spanOf(problem);
  for (let m = 0; m < problem.samples; m++) max = Math.max(max, measure(m * span));
  return max;
}

async function fineStep(state: PararealState, i: number): Promise<Cost> {
  const cost = await evaluateAt(state, i, state.fine);
  for (let m = 0; m < state.problem.samples; m++)
    stepInto(state, i, m, { x: state.fine, out: state.fine });
  return cost;
}

async function evaluateAt(state: PararealState, i: number, states: Float32Array): Promise<Cost> {
  const { problem, output } = state;
  const { samples, dim, table, denoiser } = problem;
  const cost = await denoiser.evaluate({
    count: samples,
    dim,
    states,
    outputs: output,
    offsets: Int32Array.from({ length: samples }, (_, m) => m * spanOf(problem)),
    timesteps: new Float64Array(samples).fill(table.timestep[i]!),
    samples: Int32Array.from({ length: samples }, (_, m) => m),
  });
  return { ...cost, modelCalls: samples };
}

interface Images {
  readonly x: Float32Array;
  readonly out: Float32Array;
}

/** The step of one sample. */
function stepInto(state: PararealState, i: number, m: number, { x, out }: Images): void {
  const { problem, output, drawn } = state;
  const { table, dim, noise } = problem;
  const at = m * spanOf(problem);
  const element = vector.firstNonFinite(output, at, dim);
  if (element >= 0) {
    const place = { step: i, sample: m, element };
    throw new TrajectoryError('nonFinite', 'the model returned a value that is not finite', place);
  }
  const own = { data: drawn, at: m * dim };
  if (table.noiseScale[i] !== 0) noise(i, m, drawn, own.at);
  const from = { x: { data: x, at }, output: { data: output, at }, noise: own };
  applyStep(table, i, { ...from, out: { data: out, at } }, dim);
}

/** One model call at `left`: the first fine step and the x0-hat that the jump needs. */
async function evaluateCoarse(state: PararealState, left: Float32Array): Promise<Cost> {
  const { problem, output, denoised, firstImage } = state;
  const { begin, samples, dim, table } = problem;
  const cost = await evaluateAt(state, begin, left);
  const p = table.denoisedFromState[begin]!;
  const q = table.denoisedFromOutput[begin]!;
  for (let m = 0; m < samples; m++) {
    const at = m * spanOf(problem);
    vector.combine2(denoised, m * dim, p, left, at, q, output, at, dim);
    stepInto(state, begin, m, { x: left, out: firstImage });
  }
  return cost;
}

/** G: from the first image on, the x0-hat roll-out over the rest of the block. */
function jump(state: PararealState, m: number, out: Float32Array): void {
  const { problem, denoised, drawn, firstImage } = state;
  const { begin, end, dim, table, noise } = problem;
  const at = m * spanOf(problem);
  vector.copyInto(out, at, firstImage, at, spanOf(problem));
  for (let j = begin + 1; j < end; j++) {
    if (table.noiseScale[j] !== 0) noise(j, m, drawn, m * dim);
    const x = { data: out, at };
    const hat = { data: denoised, at: m * dim };
    const xi = { data: drawn, at: m * dim };
    rollOutStep(table, j, { x, denoised: hat, noise: xi, out: x, dim });
  }
}

async function coarseAbsorb(
  state: PararealState,
  boundary: Float32Array | undefined,
): Promise<Absorption> {
  const { problem, left, right } = state;
  const { dim } = problem;
  const moved = boundary !== undefined && !vector.equals(boundary, 0, left, 0, left.length);
  const movement = moved ? worst(state, (at) => rmsDifference(boundary, at, left, at, dim)) : 0;
  const old = right.slice();
  let cost = noCost;
  if (moved || !state.hasCoarse) {
    if (boundary) left.set(boundary);
    cost = await evaluateCoarse(state, left);
    const coarse = new Float32Array(left.length);
    for (let m = 0; m < problem.samples; m++) jump(state, m, coarse);
    combineRight(state, coarse);
    state.coarse.set(coarse);
    state.hasCoarse = true;
  } else if (state.hasFine) {
    right.set(state.fine);
  }
  const tested = testBlock(state, old, movement);
  const exact = state.fineFromFinal.every((final) => final === 1);
  const weightedUpdateSum = exact ? 0 : tested.updateNorm + movement;
  return { ...tested, right: right.slice(), cost, weightedUpdateSum };
}

/** U_e = Y + (g - g old), or g where no fine result exists yet. */
function combineRight(state: PararealState, coarse: Float32Array): void {
  const { problem, right, fine } = state;
  if (!state.hasFine) {
    right.set(coarse);
    return;
  }
  for (let m = 0; m < problem.samples; m++) {
    const span = spanOf(problem);
    const at = m * span;
    vector.increment(right, at, fine, at, 1, coarse, at, state.coarse, at, span);
  }
}

/**
 * A block freezes as a whole, all rows of all samples or none (numerics 4.3): its right boundary
 * is one latent per sample that keeps moving while any of them does. With the rule of SRDS only
 * exact blocks freeze by themselves: whoever composes ends the job when the last block settles.
 */
function testBlock(state: PararealState, old: Float32Array, movement: number) {
  const { problem, right, threshold } = state;
  const { samples, dim, begin, end, stop = 'final' } = problem;
  let updateNorm = 0;
  // beyond, what the block made of the movement is a guess, however little of it is left at its end
  const near = stop === 'final' && movement <= threshold / MOVEMENT_SHARE;
  let passes = state.hasFine;
  for (let m = 0; m < samples; m++) {
    const at = m * spanOf(problem);
    const update = rmsDifference(right, at, old, at, dim);
    updateNorm = Math.max(updateNorm, update);
    passes &&= (near && update <= threshold) || state.fineFromFinal[m] === 1;
  }
  return { passing: new Int32Array(samples).fill(passes ? end - begin : 0), updateNorm };
}
