/**
 * Which rows a round calls. The others take x0-hat from called rows beside them
 * (`interpolated-rows.ts`), in one of two ways:
 *
 *   between   on a line between theirs; such a row was perhaps never called
 *   moved     its own of the round before, and what theirs changed by since, on a line
 *
 * A row is left out where what its step misses by that is small against what it may leave for good
 * or, where it only enters and will not freeze yet, against a few times that. Rows are looked at
 * coarse to fine, at multiples of powers of two, so that called rows keep their places in all
 * rounds and blocks. The first active row is always called, and enough others to measure by.
 */
import type { StepTable } from '../step-table.ts';
import { rmsDifference } from '../differences.ts';
import { groupsOf } from './groups.ts';
import { indexOf, isSmooth, type FixedPointState } from './fixed-point-state.ts';
import { expansionOf, type FreezeRule } from './freeze.ts';
import { TOLERANCE_MAX } from './restarts.ts';
import type { MethodName } from './method.ts';
import { missedBetween, missedMoving, MOVED_MAX, neighbours } from './neighbouring-rows.ts';
import { source } from './row-store.ts';

/** Of the tolerance, what all rows left out may leave: the root of the sum of squares ... */
const SHARE = 0.2;
/** ... and at most, of more than a hundred rows: none of them can tip a mode over by itself. */
const SHARE_OF_MANY = 0.3;
/** Of its square, what rows get in equal parts; the rest goes by al^3, by their signal. */
const EVENLY = 0.01;
/** With noise, rows that enter and may freeze at once: others beside them only entered as well. */
const AT_ONCE = 0.75;
/** Rows that enter and will not freeze in this round may be off by more ... */
const ENTERING = 4;
/** ... and others that will not by this much of what their equation missed in the round before. */
const OF_RESIDUAL = 0.1;
/** As many rows as froze in the round before, and a few more, may freeze in this one ... */
const REACH = 1.2;
/** ... of a noisy chain, where narrow windows freeze five to eight at a time, by so many more. */
const NOISY_REACH = 4;
/**
 * Rows further apart than this, in limits, tell too little of each other's change: with 8 a maze
 * plan close to where modes part ended at five tolerances.
 */
const NEAR = 2;

/**
 * Published methods call every row, and so does whoever wants each bit. Steps with a memory make
 * more of an x0-hat than B says, with either sign, and stages do not lie on a line.
 */
export function interpolatesRows(
  method: MethodName,
  { stop, tolerance, parts }: Pick<FreezeRule, 'stop' | 'tolerance'> & Pick<StepTable, 'parts'>,
): boolean {
  return method === 'secant' && stop === 'final' && tolerance > 0 && parts === 1;
}

/** [N] What leaving a row out for good may change the state behind it by. */
export function interpolationLimits(
  { steps, signal, sigma }: Pick<StepTable, 'steps' | 'signal' | 'sigma'>,
  { tolerance, spread, dim }: Pick<FreezeRule, 'tolerance' | 'spread'> & { readonly dim: number },
): Float64Array {
  const cubes = Float64Array.from({ length: steps }, (_, i) => {
    const [al, sg] = [signal[i + 1]!, sigma[i + 1]!];
    const square = (al * al) / (al * al + sg * sg);
    return square * Math.sqrt(square);
  });
  const sum = cubes.reduce((total, cube) => total + cube, 0);
  const most = (shareOf(steps, dim) * Math.min(tolerance, TOLERANCE_MAX)) / expansionOf(spread);
  return cubes.map((cube) => {
    return most * Math.sqrt(EVENLY / steps + ((1 - EVENLY) * cube) / sum);
  });
}

/** Latents of several groups decide in several places, each of which may be close to its border. */
function shareOf(steps: number, dim: number): number {
  if (groupsOf(dim) > 1) return SHARE;
  return Math.min(SHARE_OF_MANY, SHARE * Math.max(1, Math.sqrt(steps / 100)));
}

/** How far the job's frontier moved, told before each sweep, says which rows may freeze next. */
export function noteReach(state: FixedPointState, m: number, frontier: number): void {
  const { told, reach } = state;
  const more = isSmooth(state) ? 0 : NOISY_REACH;
  reach[m] = told[m]! < 0 ? 0 : frontier + REACH * (frontier - told[m]!) + more;
  told[m] = frontier;
}

/** Decides for every active row of sample m whether it is called. */
export function chooseCalls(state: FixedPointState, m: number, limits: Float64Array): void {
  const { rows, frontier, activeEnd } = state;
  const first = frontier[m]!;
  for (let i = first; i < activeEnd; i++) {
    prepare(state, m, i);
    const row = indexOf(state, i, m);
    rows.source[row] = i === first || i % MOVED_MAX === 0 ? source.called : source.undecided;
  }
  for (let stride = MOVED_MAX / 2; stride >= 1; stride /= 2) {
    // rows between those of the stride before
    const from = Math.ceil((first - stride) / (2 * stride)) * 2 * stride + stride;
    for (let i = from; i < activeEnd; i += 2 * stride) {
      if (i > first) rows.source[indexOf(state, i, m)] = decide(state, m, i, limits[i]!);
    }
  }
  callEnough(state, m);
}

/** What is known of a row before the round. */
function prepare(state: FixedPointState, m: number, i: number): void {
  const { rows, volatility, roughness, problem } = state;
  const row = indexOf(state, i, m);
  if (rows.age[row] === 0) {
    rows.sourceBefore[row] = source.between;
    rows.interpolated[row] = 0;
    rows.volatility[row] = volatility[m]!;
    rows.roughness[row] = roughness[m]!;
    return;
  }
  rows.sourceBefore[row] = rows.source[row]!;
  if (rows.denoised.length === 0) return;
  const at = row * problem.dim;
  rows.inputMoved[row] = rmsDifference(rows.state, at, rows.other, at, problem.dim);
}

function decide(state: FixedPointState, m: number, i: number, limit: number): number {
  if (mayMove(state, m, i, limit)) {
    const theirs = neighbours(state, m, i, source.moved);
    if (theirs && missedMoving(state, m, theirs) <= limit) return source.moved;
  }
  const theirs = neighbours(state, m, i, source.between);
  if (!theirs) return source.called;
  const most = mostBetween(state, m, i, limit);
  return missedBetween(state, m, theirs) <= most ? source.between : source.called;
}

/** What a line may miss of the row in this round. */
function mostBetween(state: FixedPointState, m: number, i: number, limit: number): number {
  const { rows, reach } = state;
  const row = indexOf(state, i, m);
  const enters = rows.age[row] === 0;
  if (i < reach[m]!) return enters && !isSmooth(state) ? AT_ONCE * limit : limit;
  return Math.max(limit, enters ? ENTERING * limit : OF_RESIDUAL * rows.residual[row]!);
}

/**
 * Whether the row's x0-hat of the round before goes back to a call, and its neighbours' are close.
 * Smooth trajectories gain nothing by it: lines between neighbours miss little there.
 */
function mayMove(state: FixedPointState, m: number, i: number, limit: number): boolean {
  const { rows } = state;
  if (rows.denoised.length === 0) return false;
  if (rows.sourceBefore[indexOf(state, i, m)] === source.between) return false;
  return missedBetween(state, m, { l: i - 1, i, r: i + 1 }) <= NEAR * limit;
}

/**
 * What was measured elsewhere says nothing of a bend: sigma is measured in every sweep, along a
 * noisy chain by two called rows, along a smooth one by three.
 */
export function callsLeast(smooth: boolean): number {
  return smooth ? 3 : 2;
}

function callEnough(state: FixedPointState, m: number): void {
  const { rows, activeEnd } = state;
  const first = state.frontier[m]!;
  const least = callsLeast(isSmooth(state));
  let count = 0;
  for (let i = first; i < activeEnd; i++) {
    if (rows.source[indexOf(state, i, m)] === source.called) count++;
  }
  const call = (i: number): void => {
    const row = indexOf(state, i, m);
    if (rows.source[row] === source.called || count >= least) return;
    rows.source[row] = source.called;
    count++;
  };
  if (activeEnd - first < 2) return;
  call((first + activeEnd) >> 1);
  call(activeEnd - 1);
}
