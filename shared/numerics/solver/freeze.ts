/**
 * The freezing rule: which leading rows will not change the answer by more than the tolerance.
 * Decided by whoever composes, from the scalars that the blocks send of their rows.
 *
 *   u_{i+1} = m_{i+1} + |P_{i+1}| RMS(D_s)     at least RMS(x_{i+1} new - x_{i+1} old)
 *   w_e = 1 right of the last row,   w_i = max(1, gain_i w_{i+1})
 *   row i+1 passes  iff  w_{i+1} u_{i+1}     <= 0.15 min(tolerance, 0.01)
 *                   and  w_{i+1} delta_{i+1} <= tolerance share_i
 *   share_i = 0.025 / N + 1.225 al_{i+1}^1.5 / sum al^1.5 + 0.5 B_i / sum B
 *
 * with D_s the movement of the block's left boundary; where it stays, u is the movement itself. Of
 * large latents u is that of the group of elements that moves most (`groups.ts`). Guided rows pass
 * at a third at most, rows of a job that lost some at a quarter of both limits. The
 * first test keeps a trajectory in its mode, which small movements decide. The second deals the
 * tolerance out to the rows: delta is the defect that freezing the row leaves (`error-bound.ts`),
 * and defects add up. Early ones may be amplified by more than any round has measured yet, so a row
 * gets its part by the signal in it; the last steps, which take most of their result from x0-hat
 * (B), get some more. Rows leave a third of their share in the mean, so shares add up to 1.75. Both
 * tests are tightened where the dynamics to the right expands. They know neither N nor how noisy
 * the sampler is otherwise.
 *
 * Tolerance 0 asks for an update that is zero in every bit. When rounds are not to be trusted, and
 * start again with a stricter rule: `restarts.ts`.
 */
import type { ErrorState } from '../../kernel/error-state.ts';
import type { RowScalars } from '../../kernel/row-scalars.ts';
import type { StepTable } from '../step-table.ts';
import {
  estimateOf,
  leftOutOf,
  noErrors,
  overGroups,
  predictDefects,
  propagate,
  propagateLeftOut,
} from './error-bound.ts';
import { estimateFactorAfter, isDistrusted, restartsMax, strictnessAfter } from './restarts.ts';
import { TOLERANCE_MAX } from './restarts.ts';
import { liveRows, type LiveRows, type TestedBlock } from './tested-rows.ts';
import type { MethodName } from './method.ts';
import { publishedPassing, type StopRule } from './stop-rules.ts';

/**
 * The design starts from 0.3, tightened by the noise of late steps. With the second test 0.15 needs
 * no such thing, and 0.2 lost a mode unnoticed (docs/NUMERICS.md, "Error control").
 */
export const MOVEMENT_SHARE = 0.15;
/** Of the tolerance, what all rows get: in equal parts, by their signal, and by B (NUMERICS 9). */
const SPENT = { evenly: 0.025, bySignal: 1.225, byScale: 0.5 } as const;
/** More than twofold spread, up to guidance 5, showed no more of it. */
const EXPANSION_MAX = 3;
/**
 * Rows that begin anew beside rows that have nearly converged are as young as those that enter, but
 * not as far from the frontier: what their neighbours measured says less about them. (Half of both
 * limits ended two simulated jobs of 17 000 seeds above their tolerance, one in another mode.)
 */
const STRICTER_AFTER_LOSS = 0.25;
/** Of what leaving a row out may cost: a round measures a little more or less than it expected. */
const LEFT_OUT_MAX = 2;

/** What the rule knows of a job. */
export interface FreezeRule {
  /** N */
  readonly steps: number;
  /** [N] g */
  readonly sigmaPosterior: Float64Array;
  /** [N] B, what x0-hat is multiplied with in a step. */
  readonly denoisedScale: Float64Array;
  /** [N] The part of the tolerance that each row may leave. */
  readonly defectShare: Float64Array;
  /** [N] Of an error in the row behind each step, what reaches the sample; absent: all of it. */
  readonly contraction?: Float64Array | undefined;
  /** [N] As in `BlockProblem`. */
  readonly interpolation?: Float64Array | undefined;
  readonly tolerance: number;
  /** `guidanceSpread` of the job; absent: 1. */
  readonly spread?: number | undefined;
  /** This rule, `final`, where absent; a published one for comparisons. */
  readonly stop?: StopRule | undefined;
  /** Rows are what a scan made of them: the running bound says something. Not so for parataa. */
  readonly scanned: boolean;
}

type StepScales = Pick<StepTable, 'signal' | 'sigma' | 'valueWeight'>;

/** What of a rule follows from the grid alone. */
export type FreezeScales = Pick<FreezeRule, 'denoisedScale' | 'defectShare'>;

export function freezeScales(table: StepScales): FreezeScales {
  return { denoisedScale: table.valueWeight, defectShare: defectShares(table) };
}

/** The rule of a job. */
export function freezeRule(
  table: StepScales & Pick<StepTable, 'steps' | 'sigmaPosterior'>,
  settings: Pick<FreezeRule, 'tolerance' | 'spread' | 'stop' | 'contraction' | 'interpolation'>,
  method: MethodName,
  scales: FreezeScales = freezeScales(table),
): FreezeRule {
  const { steps, sigmaPosterior } = table;
  const { tolerance, spread, stop, contraction, interpolation } = settings;
  return {
    steps,
    sigmaPosterior,
    ...scales,
    contraction,
    interpolation,
    tolerance,
    spread,
    stop,
    scanned: method !== 'parataa' && method !== 'parareal',
  };
}

/**
 * What guidance makes of an error beyond the gains that rounds measure, from its spread: guided
 * rows freeze by a rule as much stricter, and their estimate is as much larger (NUMERICS 9).
 */
export function expansionOf(spread = 1): number {
  return Math.min(EXPANSION_MAX, spread);
}

/** What the weighted update of a row may be. */
export function freezeThreshold({
  tolerance,
  spread,
}: Pick<FreezeRule, 'tolerance' | 'spread'>): number {
  return (MOVEMENT_SHARE * Math.min(tolerance, TOLERANCE_MAX)) / expansionOf(spread);
}

/** [N] The part of the tolerance that the weighted defect behind a step may be, from B and al. */
export function defectShares({ valueWeight: scales, signal, sigma }: StepScales): Float64Array {
  const steps = scales.length;
  const powers = scales.map((_, i) => {
    const [al, sg] = [signal[i + 1]!, sigma[i + 1]!];
    const part = al > 0 ? al / Math.sqrt(al * al + sg * sg) : 0;
    return part * Math.sqrt(part);
  });
  const [power, scale] = [sum(powers), sum(scales)];
  return scales.map((own, i) => {
    const bySignal = power > 0 ? powers[i]! / power : 1 / steps;
    const byScale = scale > 0 ? own / scale : 1 / steps;
    return SPENT.evenly / steps + SPENT.bySignal * bySignal + SPENT.byScale * byScale;
  });
}

function sum(values: Float64Array): number {
  return values.reduce((before, value) => before + value, 0);
}

/** What a round says of the live rows of a sample, and the defects that freezing them leaves. */
interface Judged extends LiveRows {
  /** w of the row behind each step. */
  readonly weight: Float64Array;
  readonly defect: Float64Array;
}

/**
 * Leading rows that pass. The first is exact, whatever it moved by, where its input was final; but
 * where every bit counts, the row behind it was not made from it unless it did not move.
 */
function passingRows(rule: FreezeRule, rows: Judged, stricter: number): number {
  const { first, update, peak, weight, defect, inputMoved, interpolated } = rows;
  const known = update.length > 0 && update[0]! < Infinity && inputMoved === undefined;
  const from = known && rule.tolerance > 0 ? 1 : 0;
  const { interpolation: limits } = rule;
  const movementMax = stricter * freezeThreshold(rule);
  const spendable = (stricter * rule.tolerance) / expansionOf(rule.spread);
  let passing = from;
  for (; passing < update.length; passing++) {
    const w = weight[passing]!;
    if (!(w * peak[passing]! <= movementMax)) break;
    if (!(interpolated[passing]! <= LEFT_OUT_MAX * (limits?.[first + passing] ?? 0))) break;
    if (!rule.scanned) continue;
    if (!(w * defect[passing]! <= spendable * rule.defectShare[first + passing]!)) break;
  }
  return known ? Math.max(1, passing) : passing;
}

/** w: how much the rows to the right may make of a movement, from their gains. */
function weightsOf({ gain, behind }: LiveRows): Float64Array {
  const weights = new Float64Array(gain.length);
  let weight = behind;
  for (let k = gain.length - 1; k >= 0; k--) {
    weights[k] = weight;
    weight = Math.max(1, gain[k]! * weight);
  }
  return weights;
}

/** The largest w u of the rows that a block knows. */
function largestUpdate({ update, weight }: Judged): number {
  let largest = 0;
  for (const [k, u] of update.entries()) {
    if (u < Infinity) largest = Math.max(largest, weight[k]! * u);
  }
  return largest;
}

interface Sample {
  /** [groups] */
  readonly bound: Float64Array;
  readonly defects: number;
  /** [groups] */
  readonly reaching: Float64Array;
  readonly carried: number;
  readonly interpolated: Float64Array;
  readonly departure: number;
  readonly stricter: number;
}

/** The rule, for one sample. */
function freezeSample(rule: FreezeRule, live: LiveRows, before: Sample) {
  const { stop = 'final' } = rule;
  const scales = rule.denoisedScale.subarray(live.first);
  const { defects: defect, departure } = predictDefects(live, scales, before.departure);
  const rows = { ...live, weight: weightsOf(live), defect };
  const passing =
    stop === 'final'
      ? passingRows(rule, rows, before.stricter)
      : publishedPassing(stop, rule, rows);
  const [bound, reaching] = [before.bound.slice(), before.reaching.slice()];
  const groups = bound.length;
  const interpolated = before.interpolated.slice();
  let { defects: left, carried } = before;
  for (let k = 0; k < passing; k++) {
    const gains = rows.groupGain.subarray(k * groups, (k + 1) * groups);
    propagate(bound, gains, defect[k]!);
    left += defect[k]!;
    carried = rows.nearGain[k]! * carried + defect[k]!;
    const part = rule.contraction?.[live.first + k] ?? 1;
    propagate(reaching, gains, part * defect[k]!);
    const kept = { gain: rows.gain[k]!, nearGain: rows.nearGain[k]!, part };
    propagateLeftOut(interpolated, rows.interpolated[k]!, kept);
  }
  const sums = { bound, defects: left, reaching, carried, interpolated };
  return { passing, ...sums, departure, updateNorm: largestUpdate(rows) };
}

/** `TestedBlock.behind` of neighbours, left to right, from the rows of their last round. */
export function weightsBehind(
  blocks: readonly (RowScalars | undefined)[],
  samples: number,
): readonly (Float64Array | undefined)[] {
  let behind: Float64Array | undefined;
  const weights = blocks.toReversed().map((rows) => {
    const own = behind;
    // what is not known of a block is not known to be less
    behind = rows ? weightInFront(rows, behind, samples) : behind;
    return own;
  });
  return weights.reverse();
}

/** w in front of a step of a block, by default of its first one, per sample. */
export function weightInFront(
  { gain, firstStep }: RowScalars,
  behind: Float64Array | undefined,
  samples: number,
  step = firstStep,
): Float64Array {
  const weight = behind?.slice() ?? new Float64Array(samples).fill(1);
  const from = Math.max(0, step - firstStep) * samples;
  for (let at = gain.length - 1; at >= from; at--) {
    const m = at % samples;
    weight[m] = Math.max(1, gain[at]! * weight[m]!);
  }
  return weight;
}

export interface Frozen {
  /** First row that is not frozen after the round, per sample. */
  readonly frontier: Int32Array;
  /** Largest weighted update of all live rows and samples. */
  readonly updateNorm: number;
  readonly errors: ErrorState;
  /** What the worst sample is off by when all its rows are frozen, as far as the rows tell. */
  readonly errorEstimate: number;
  /** The rounds led to a trajectory that says itself that it may be wrong. */
  readonly distrusted: boolean;
}

/** What freezing depends on beside the rows. */
export interface Freezing {
  readonly frontier: Int32Array;
  readonly errors: ErrorState;
  /** How often the rounds started again, each time with a stricter rule. */
  readonly restarts: number;
  /** How many rounds began anew because their rows were lost with a worker; absent: none. */
  readonly roundsLost?: number;
}

/**
 * Applies the rule to every sample, over neighbours from left to right: all blocks of a round at
 * once, or one after the other, each with what the ones before left of `Freezing`.
 */
export function freezeRows(
  rule: FreezeRule,
  blocks: readonly TestedBlock[],
  { frontier, errors, restarts, roundsLost = 0 }: Freezing,
): Frozen {
  const stricter = strictnessAfter(restarts) * (roundsLost > 0 ? STRICTER_AFTER_LOSS : 1);
  const samples = frontier.length;
  const groups = errors.bound.length / samples;
  const after = noErrors(samples, groups);
  const judged = freezesInTurn(rule) && restarts < restartsMax;
  const limits = { tolerance: rule.tolerance, expansion: expansionOf(rule.spread) };
  let updateNorm = 0;
  let distrusted = false;
  const advanced = frontier.map((first, m) => {
    const rows = liveRows(blocks, { first, m, samples, groups });
    const before = { ...errorsOf(errors, m, groups), stricter };
    const decision = freezeSample(rule, rows, before);
    after.bound.set(decision.bound, m * groups);
    after.defects[m] = decision.defects;
    after.reaching.set(decision.reaching, m * groups);
    after.carried[m] = decision.carried;
    after.interpolated.set(decision.interpolated, 2 * m);
    after.departure[m] = decision.departure;
    updateNorm = Math.max(updateNorm, decision.updateNorm);
    const bound = overGroups(decision.bound, 0, groups);
    // gains of a whole large latent say too little of it (NUMERICS 9)
    const leftOut = groups === 1 ? leftOutOf(decision.interpolated) : 0;
    distrusted ||= judged && isDistrusted({ ...decision, bound, leftOut }, limits);
    return first + decision.passing;
  });
  const errorEstimate = estimateIn(rule, after, { samples, restarts });
  return { frontier: advanced, updateNorm, errors: after, errorEstimate, distrusted };
}

/** `Frozen.errorEstimate` */
function estimateIn(
  { spread }: Pick<FreezeRule, 'spread'>,
  errors: ErrorState,
  { samples, restarts }: { readonly samples: number; readonly restarts: number },
): number {
  return estimateFactorAfter(restarts) * expansionOf(spread) * estimateOf(errors, samples);
}

function errorsOf(errors: ErrorState, m: number, groups: number) {
  const { bound, defects, reaching, carried, interpolated, departure } = errors;
  const [from, to] = [m * groups, (m + 1) * groups];
  return {
    bound: bound.subarray(from, to),
    defects: defects[m]!,
    reaching: reaching.subarray(from, to),
    carried: carried[m]!,
    interpolated: interpolated.subarray(2 * m, 2 * m + 2),
    departure: departure[m]!,
  };
}

/** Before the first block of a round. */
export function nothingFrozen(
  rule: Pick<FreezeRule, 'spread'>,
  { frontier, errors, restarts }: Freezing,
): Frozen {
  const errorEstimate = estimateIn(rule, errors, { samples: frontier.length, restarts });
  return { frontier, errors, errorEstimate, updateNorm: 0, distrusted: false };
}

/** What a block froze, behind what its left neighbours did in the same round. */
export function joined(before: Pick<Frozen, 'updateNorm' | 'distrusted'>, own: Frozen): Frozen {
  const updateNorm = Math.max(before.updateNorm, own.updateNorm);
  return { ...own, updateNorm, distrusted: before.distrusted || own.distrusted };
}

/** Whether blocks freeze one after the other: published rules look at all rows at once. */
export function freezesInTurn({ stop = 'final', scanned }: FreezeRule): boolean {
  return scanned && stop === 'final';
}
