/**
 * One step of the sampler at one row, the only place where it is made:
 *
 *   x' = a x + b D + sum_k B_k M_{i-k} + c xi
 *
 * every term in float64, rounded once. All methods and the sequential oracle call it, so a row
 * whose input is final has the sequential sampler's bits.
 */
import { boundInto } from './bound.ts';
import type { Place } from './solver/follow.ts';
import type { StepTable } from './step-table.ts';
import * as vector from './vector.ts';

export interface StepPlaces {
  /** The row's bundle. */
  readonly x: Place;
  /** D, one latent. */
  readonly output: Place;
  /** xi, one latent; not read where the step has no noise. */
  readonly noise: Place;
  /** The next row's bundle; may be `x` or begin with `output`, in place. */
  readonly out: Place;
}

export function applyStep(table: StepTable, i: number, places: StepPlaces, dim: number): void {
  const { rule } = table;
  if (rule && (table.parts > 1 || rule.bound)) return applyRule(table, i, places, dim);
  const [a, b, c] = [table.stateScale[i]!, table.outputScale[i]!, table.noiseScale[i]!];
  const { x, output, noise, out } = places;
  if (c === 0) {
    vector.combine2(out.data, out.at, a, x.data, x.at, b, output.data, output.at, dim);
    return;
  }
  const [xi, xiAt] = [noise.data, noise.at];
  vector.combine3(out.data, out.at, a, x.data, x.at, b, output.data, output.at, c, xi, xiAt, dim);
}

interface Scratch {
  readonly value: Float32Array;
  readonly sum: Float64Array;
}

let scratch: Scratch = { value: new Float32Array(), sum: new Float64Array() };

function scratchOf(dim: number): Scratch {
  if (scratch.value.length !== dim) {
    scratch = { value: new Float32Array(dim), sum: new Float64Array(dim) };
  }
  return scratch;
}

function applyRule(
  table: StepTable,
  i: number,
  { x, output, noise, out }: StepPlaces,
  dim: number,
): void {
  const { parts, rule, noiseScale } = table;
  const { stateScale, outputScale, valueScale } = rule!;
  const { value, sum } = scratchOf(dim);
  valueInto(table, i, { x, output }, value);
  sum.fill(0);
  const add = (scale: number, { data, at }: Place): void => {
    if (scale !== 0) vector.accumulate(sum, scale, data, at, dim);
  };
  add(stateScale[i]!, x);
  add(outputScale[i]!, output);
  const memory = i * parts;
  add(valueScale[memory]!, { data: value, at: 0 });
  for (let k = 1; k < parts; k++) {
    add(valueScale[memory + k]!, { data: x.data, at: x.at + k * dim });
  }
  add(noiseScale[i]!, noise);
  for (let k = parts - 1; k > 1; k--) {
    vector.copyInto(out.data, out.at + k * dim, x.data, x.at + (k - 1) * dim, dim);
  }
  if (parts > 1) vector.copyInto(out.data, out.at + dim, value, 0, dim);
  vector.storeWide(out.data, out.at, sum, dim);
}

/** M_i of one row, from its state and the network's output. */
export function valueInto(
  table: StepTable,
  i: number,
  { x, output }: Pick<StepPlaces, 'x' | 'output'>,
  value: Float32Array,
): void {
  const [p, q] = [table.valueFromState[i]!, table.valueFromOutput[i]!];
  vector.combine2(value, 0, p, x.data, x.at, q, output.data, output.at, value.length);
  const { bound } = table.rule ?? {};
  if (bound) boundInto(value, bound);
}
