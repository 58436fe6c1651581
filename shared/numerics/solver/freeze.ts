/**
 * The freezing rule: which leading rows will not change the answer by more than the tolerance.
 * Decided by whoever composes, from the scalars that the blocks send of their rows.
 *
 *   u_{i+1} = m_{i+1} + |P_{i+1}| RMS(D_s)     at least RMS(x_{i+1} new - x_{i+1} old)
 *   w_e = 1 right of the last row,   w_i = max(1, gain_i w_{i+1})
 *   row i+1 passes  iff  w_{i+1} u_{i+1} <= share min(tolerance, 0.01) min(1, g_i / 0.1)
 *              and, eta = 0,  factor e_{i+1}  <= tolerance (0.02 + 0.98 ((i+1)/N)^3)
 *
 * with D_s the movement of the block's left boundary, g_i the DDPM posterior deviation of step i
 * and factor 1 on the last row (numerics 7.2); share is 0.1 where the sampler is deterministic and
 * 0.2 where its noise is that of DDPM. Where D_s = 0 the bound u is the movement itself. The gain
 * weight tightens the test where the dynamics expands, g where errors of many early rows add up.
 *
 * e is the running bound of `error-bound.ts`. Its part of the tolerance grows with the cube of the
 * row, since the dynamics amplifies what early rows lose; fresh noise forgets it, and there the
 * limit only picks rows whose defect is underestimated (measured on DDPM-1000). Where e outgrows
 * the tolerance although no row spent it, the trajectory passed a place that decides between modes
 * with an error that such a place does not forgive: then the rounds are not to be trusted, and
 * start again with a stricter rule. Tolerance 0 asks for an update that is zero in every bit.
 */
import type { ErrorState } from '../../kernel/error-state.ts';
import type { RowScalars } from '../../kernel/row-scalars.ts';
import type { StepTable } from '../step-table.ts';
import { boundFactor, predictDefects, propagate } from './error-bound.ts';
import type { MethodName } from './method.ts';
import { publishedPassing, type StopRule } from './stop-rules.ts';

/**
 * The design starts from 0.3 for both. Deterministic samplers need less: guided DDIM-50 on the
 * bundled model ended over a tolerance of 0.01 in 2 of 40 samples with 0.3, in none with 0.1 and
 * the running bound (docs/NUMERICS.md, "Error control").
 */
const SHARE_DETERMINISTIC = 0.1;
const SHARE_STOCHASTIC = 0.2;
const POSTERIOR_REFERENCE = 0.1;
/** Modes are decided by small movements, however large the tolerance is. */
export const TOLERANCE_MAX = 0.01;
const SPENT_FIRST = 0.02;
/** The estimate outgrew the tolerance by so much that the true error may have as well. */
const TRUST_MAX = 2;
/** By number of restarts. */
const STRICTER = [1, 0.2, 0.04] as const;
/** Rounds start again at most so often; at most N rounds each time. */
export const restartsMax = STRICTER.length - 1;

/** What the rule knows of a job. */
export interface FreezeRule {
  /** N */
  readonly steps: number;
  /** [N] g */
  readonly sigmaPosterior: Float64Array;
  /** eta: 0 for an ODE, 1 for DDPM. */
  readonly randomness: number;
  readonly tolerance: number;
  /** This rule, `final`, where absent; a published one for comparisons. */
  readonly stop?: StopRule | undefined;
  /** Rows are what a scan made of them: the running bound says something. Not so for parataa. */
  readonly scanned: boolean;
}

/** The rule of a job. */
export function freezeRule(
  table: Pick<StepTable, 'steps' | 'sigmaPosterior' | 'noiseScale'>,
  settings: { readonly tolerance: number; readonly stop?: StopRule | undefined },
  method: MethodName,
): FreezeRule {
  const { steps, sigmaPosterior } = table;
  const { tolerance, stop } = settings;
  const randomness = randomnessOf(table);
  const scanned = method !== 'parataa' && method !== 'parareal';
  return { steps, sigmaPosterior, randomness, tolerance, stop, scanned };
}

/** eta, from the coefficients: the last step of a stochastic sampler may draw no noise. */
export function randomnessOf({
  sigmaPosterior,
  noiseScale,
}: Pick<StepTable, 'sigmaPosterior' | 'noiseScale'>): number {
  let randomness = 0;
  for (const [i, g] of sigmaPosterior.entries()) {
    if (g > 0) randomness = Math.max(randomness, Math.min(1, noiseScale[i]! / g));
  }
  return randomness;
}

/** The live rows of one sample. Entry k speaks of step first + k and the row behind it. */
export interface LiveRows {
  /** First active step: all rows up to its input are final. */
  readonly first: number;
  /** u, an upper bound of the row's last movement; Infinity where no block knows it. */
  readonly update: Float64Array;
  readonly gain: Float64Array;
  readonly residual: Float64Array;
  /** As in `RowScalars`. */
  readonly departure: Float64Array;
  readonly closedFormDeparture: Float64Array;
}

/** What the weighted update of the row behind step i may be, for a tolerance of 1. */
export function freezeShare(
  rule: Pick<FreezeRule, 'steps' | 'sigmaPosterior' | 'randomness'>,
  i: number,
): number {
  const share = SHARE_DETERMINISTIC + (SHARE_STOCHASTIC - SHARE_DETERMINISTIC) * rule.randomness;
  const last = i === rule.steps - 1;
  return share * (last ? 1 : Math.min(1, rule.sigmaPosterior[i]! / POSTERIOR_REFERENCE));
}

/** What the weighted update of the row behind step i may be. */
export function freezeThreshold(rule: FreezeRule, i: number): number {
  return freezeShare(rule, i) * Math.min(rule.tolerance, TOLERANCE_MAX);
}

/** What the estimate may be once the row behind step i is frozen; no limit where eta is 1. */
function estimateThreshold({ steps, tolerance, randomness }: FreezeRule, i: number): number {
  const way = (i + 1) / steps;
  if (randomness === 1) return Infinity;
  return (tolerance / (1 - randomness)) * (SPENT_FIRST + (1 - SPENT_FIRST) * way * way * way);
}

/**
 * Leading rows whose movement lets them freeze. The first is exact, whatever it moved by; but where
 * every bit counts, the row behind it was not made from it unless it did not move.
 */
function settled(
  rule: FreezeRule,
  { first, update }: LiveRows,
  weighted: Float64Array,
  stricter: number,
): number {
  const known = update.length > 0 && update[0]! < Infinity;
  const from = known && rule.tolerance > 0 ? 1 : 0;
  let passing = update.length;
  for (let k = update.length - 1; k >= from; k--) {
    if (!(weighted[k]! <= stricter * freezeThreshold(rule, first + k))) passing = k;
  }
  return known ? Math.max(1, passing) : passing;
}

/** w u of every row, and the largest of those that a block knows. */
function weigh({ update, gain }: LiveRows): { weighted: Float64Array; largest: number } {
  const weighted = new Float64Array(update.length);
  let largest = 0;
  let weight = 1;
  for (let k = update.length - 1; k >= 0; k--) {
    weighted[k] = weight * update[k]!;
    if (update[k]! < Infinity) largest = Math.max(largest, weighted[k]!);
    weight = Math.max(1, gain[k]! * weight);
  }
  return { weighted, largest };
}

interface Sample {
  readonly bound: number;
  readonly departure: number;
  readonly stricter: number;
}

/** The rule, for one sample. */
function freezeSample(rule: FreezeRule, rows: LiveRows, before: Sample) {
  const { stop = 'final', randomness, scanned } = rule;
  const { stricter } = before;
  const ours = stop === 'final';
  const { weighted, largest } = weigh(rows);
  const most = ours ? settled(rule, rows, weighted, stricter) : publishedPassing(stop, rule, rows);
  const limited = ours && scanned;
  const { defects, departure } = predictDefects(rows, before.departure);
  const factor = boundFactor(randomness);
  let { bound } = before;
  let passing = 0;
  for (; passing < most; passing++) {
    const after = propagate(bound, rows.gain[passing]!, defects[passing]!, randomness);
    const allowed = stricter * estimateThreshold(rule, rows.first + passing);
    if (limited && passing > 0 && factor * after > allowed) break;
    bound = after;
  }
  return { passing, bound, departure, updateNorm: largest };
}

/** A live block after a round, with what is known of its rows. */
export interface TestedBlock {
  readonly rows?: RowScalars | undefined;
  /** RMS(D_s) of the left boundary since the sweep that measured the rows, per sample. */
  readonly movement?: Float64Array | undefined;
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
}

/** Applies the rule to every sample. */
export function freezeRows(
  rule: FreezeRule,
  blocks: readonly TestedBlock[],
  { frontier, errors, restarts }: Freezing,
): Frozen {
  const stricter = STRICTER[restarts]!;
  const bound = new Float64Array(frontier.length);
  const departure = new Float64Array(frontier.length);
  let updateNorm = 0;
  const after = frontier.map((first, m) => {
    const rows = liveRows(blocks, { first, m, samples: frontier.length });
    const before = { bound: errors.bound[m]!, departure: errors.departure[m]!, stricter };
    const decision = freezeSample(rule, rows, before);
    bound[m] = decision.bound;
    departure[m] = decision.departure;
    updateNorm = Math.max(updateNorm, decision.updateNorm);
    return first + decision.passing;
  });
  const errorEstimate = boundFactor(rule.randomness) * Math.max(...bound);
  const judged = rule.scanned && (rule.stop ?? 'final') === 'final' && restarts < restartsMax;
  const distrusted = judged && errorEstimate > TRUST_MAX * rule.tolerance;
  return { frontier: after, updateNorm, errors: { bound, departure }, errorEstimate, distrusted };
}

interface Live {
  readonly first: number;
  readonly m: number;
  readonly samples: number;
}

/** The scalars of one sample over all blocks; a row that no block knows can never pass. */
function liveRows(blocks: readonly TestedBlock[], sample: Live): LiveRows {
  const { first, m, samples } = sample;
  const ends = blocks.map(({ rows }) => (rows ? endOf(rows, samples) : 0));
  const count = Math.max(0, Math.max(0, ...ends) - first);
  const update = new Float64Array(count).fill(Infinity);
  const gain = new Float64Array(count).fill(1);
  const residual = new Float64Array(count).fill(Infinity);
  const departure = new Float64Array(count).fill(-1);
  const closedFormDeparture = new Float64Array(count).fill(-1);
  for (const { rows, movement } of blocks) {
    if (!rows) continue;
    const left = movement?.[m] ?? 0;
    const end = endOf(rows, samples);
    for (let i = Math.max(first, rows.firstStep); i < end; i++) {
      const at = (i - rows.firstStep) * samples + m;
      const k = i - first;
      update[k] = rows.movement[at]! + (left === 0 ? 0 : Math.abs(rows.slope[at]!) * left);
      gain[k] = rows.gain[at]!;
      residual[k] = rows.residual[at]!;
      departure[k] = rows.departure[at]!;
      closedFormDeparture[k] = rows.closedFormDeparture[at]!;
    }
  }
  return { first, update, gain, residual, departure, closedFormDeparture };
}

function endOf({ firstStep, movement }: RowScalars, samples: number): number {
  return firstStep + movement.length / samples;
}
