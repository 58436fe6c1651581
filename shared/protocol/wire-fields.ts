/** The fields that several messages share, between their wire form and `block-messages.ts`. */
import type {
  ComputedStep as WireStep,
  ComputedStep__Output,
} from '../../proto/generated/isochron/v1/ComputedStep.ts';
import type { Cost__Output } from '../../proto/generated/isochron/v1/Cost.ts';
import type { Edge, Edge__Output } from '../../proto/generated/isochron/v1/Edge.ts';
import type { ErrorState__Output } from '../../proto/generated/isochron/v1/ErrorState.ts';
import type { Fence__Output } from '../../proto/generated/isochron/v1/Fence.ts';
import type {
  FrozenRow as WireFrozenRow,
  FrozenRow__Output,
} from '../../proto/generated/isochron/v1/FrozenRow.ts';
import type { Latents, Latents__Output } from '../../proto/generated/isochron/v1/Latents.ts';
import type { Progress, Progress__Output } from '../../proto/generated/isochron/v1/Progress.ts';
import type { Residuals__Output } from '../../proto/generated/isochron/v1/Residuals.ts';
import type {
  RowScalars as WireRows,
  RowScalars__Output,
} from '../../proto/generated/isochron/v1/RowScalars.ts';
import type {
  ComputedStep,
  Fence,
  FromBlock,
  FrozenRow,
  ProgressReport,
  RoundResiduals,
  WorkCost,
} from '../kernel/block-messages.ts';
import type { ErrorState } from '../kernel/error-state.ts';
import { rowColumns, type RowScalars } from '../kernel/row-scalars.ts';
import { SamplerError } from './errors.ts';
import { bytesOf, decodeLatents, encodeLatents, floatsOf } from './latents.ts';

type RightEdge = Extract<FromBlock, { kind: 'advanced' }>['edge'];

/** A field that our own peers always set: who leaves it out speaks another version. */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value !== null && value !== undefined) return value;
  throw new SamplerError('VERSION_SKEW', `a message came without ${field}`);
}

export function decodeFence(fence: Fence__Output | null): Fence {
  const { job, block, epoch, attempt, round } = required(fence, 'fence');
  return { job, block, epoch, attempt, round };
}

/** `{ [name]: values }`, or nothing: absent latents are absent properties. */
export function optionalLatents<K extends string>(
  name: K,
  latents: Latents__Output | null,
): { readonly [name in K]?: Float32Array } {
  if (latents === null) return {};
  return { [name]: decodeLatents(latents) } as { readonly [name in K]: Float32Array };
}

export function encodeOptional(values: Float32Array | undefined): Latents | null {
  return values === undefined ? null : encodeLatents(values);
}

export function decodeCost(cost: Cost__Output | null): WorkCost {
  const sent = required(cost, 'cost');
  const { modelCalls, forwardPasses, microBatches, modelMs, queueMs, scanMs, deviceMs } = sent;
  const device = deviceMs === undefined ? {} : { deviceMs };
  return { modelCalls, forwardPasses, microBatches, modelMs, queueMs, scanMs, ...device };
}

export function decodeResiduals(sent: Residuals__Output | null): RoundResiduals {
  const { round, firstStep, codes, frontier } = required(sent, 'residuals');
  const bytes = new Uint8Array(codes.buffer, codes.byteOffset, codes.length);
  return { round, firstStep, codes: bytes, frontier };
}

export function encodeRows(rows: RowScalars): WireRows {
  const columns = rowColumns.map((name) => [name, bytesOf(rows[name])] as const);
  return { firstStep: rows.firstStep, ...Object.fromEntries(columns) };
}

export function decodeRows(sent: RowScalars__Output): RowScalars {
  const columns = rowColumns.map((name) => [name, floatsOf(sent[name])] as const);
  const { firstStep } = sent;
  return { firstStep, ...(Object.fromEntries(columns) as Omit<RowScalars, 'firstStep'>) };
}

export function encodeEdge(edge: RightEdge): Edge {
  const { row, state, denoised } = edge;
  return { row, state: encodeLatents(state), denoised: encodeOptional(denoised) };
}

export function decodeEdge(edge: Edge__Output): RightEdge {
  const state = decodeLatents(required(edge.state, 'edge.state'));
  return { row: edge.row, state, ...optionalLatents('denoised', edge.denoised) };
}

export function encodeProgress(fence: Fence, progress: ProgressReport): Progress {
  return {
    fence,
    rounds: [...progress.rounds],
    frontier: Array.from(progress.frontier),
    cost: progress.cost,
    updateNorm: progress.updateNorm,
    preview: encodeOptional(progress.preview),
    frozenRow: progress.frozenRow === undefined ? null : encodeFrozen(progress.frozenRow),
    step: progress.step === undefined ? null : encodeStep(progress.step),
  };
}

export function encodeStep({ row, samples, from, to }: ComputedStep): WireStep {
  return { row, samples: [...samples], from: encodeLatents(from), to: encodeLatents(to) };
}

export function decodeStep({ row, samples, from, to }: ComputedStep__Output): ComputedStep {
  const [before, after] = [required(from, 'step.from'), required(to, 'step.to')];
  return { row, samples: [...samples], from: decodeLatents(before), to: decodeLatents(after) };
}

function encodeFrozen({ row, state, errors }: FrozenRow): WireFrozenRow {
  return { row, state: encodeLatents(state), errors: encodeErrors(errors) };
}

export function decodeProgress(sent: Progress__Output | null): ProgressReport {
  const { rounds, frontier, cost, updateNorm, ...rest } = required(sent, 'progress');
  const { preview, frozenRow, step } = rest;
  return {
    rounds: rounds.map(decodeResiduals),
    frontier: Int32Array.from(frontier),
    cost: decodeCost(cost),
    updateNorm,
    ...optionalLatents('preview', preview),
    ...(frozenRow && { frozenRow: decodeFrozen(frozenRow) }),
    ...(step && { step: decodeStep(step) }),
  };
}

function decodeFrozen({ row, state, errors }: FrozenRow__Output): FrozenRow {
  return { row, state: decodeLatents(required(state, 'state')), errors: decodeErrors(errors) };
}

export function encodeErrors(errors: ErrorState) {
  return {
    bound: Array.from(errors.bound),
    defects: Array.from(errors.defects),
    reaching: Array.from(errors.reaching),
    carried: Array.from(errors.carried),
    interpolated: Array.from(errors.interpolated),
    departure: Array.from(errors.departure),
  };
}

export function decodeErrors(sent: ErrorState__Output | null): ErrorState {
  const errors = required(sent, 'errors');
  return {
    bound: Float64Array.from(errors.bound),
    defects: Float64Array.from(errors.defects),
    reaching: Float64Array.from(errors.reaching),
    carried: Float64Array.from(errors.carried),
    interpolated: Float64Array.from(errors.interpolated),
    departure: Float64Array.from(errors.departure),
  };
}

/** Jobs share the tables of a grid, and every worker of a job is sent them. */
const numbers = new WeakMap<Float64Array, number[]>();

export function numbersOf(table: Float64Array): number[] {
  const known = numbers.get(table) ?? Array.from(table);
  numbers.set(table, known);
  return known;
}
