/** Models as workers register them and as clients see them. */
import type { Condition, Condition__Output } from '../../proto/generated/isochron/v1/Condition.ts';
import type { Model } from '../../proto/generated/isochron/v1/Model.ts';
import type { Register__Output } from '../../proto/generated/isochron/v1/Register.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import { SamplerError } from './errors.ts';
import { decodeBound, encodeBound } from './rule-wire.ts';
import { decodeSampler, encodeSampler } from './sampler-wire.ts';
import { decodeSchedule, encodeSchedule } from './schedule-wire.ts';
import { predictions, scheduleKinds } from '../kernel/noise-schedule.ts';
import { decodeConvergence, encodeConvergence } from './convergence-wire.ts';
import { elementsOf } from './model-description.ts';
import type { ConditionDescription, PriorMeans, RegisteredModel } from './model-description.ts';

type ReceivedModel = Register__Output['models'][number];

/** With everything a plan needs, for the coordinator. */
export function encodeRegistration(model: RegisteredModel): Model {
  const { priorMeans, convergence } = model;
  return {
    ...encodeModel(model),
    ...(convergence && { convergence: encodeConvergence(convergence) }),
    ...(priorMeans && encodePriorMeans(priorMeans)),
  };
}

function encodePriorMeans({ values, means }: PriorMeans) {
  const { buffer, byteOffset, byteLength } = means;
  return {
    priorMeanValues: [...values],
    priorMeans: Buffer.from(buffer, byteOffset, byteLength),
  };
}

/** As clients see it. */
export function encodeModel(model: RegisteredModel): Model {
  const { schedule, valueRange, terminalAlphaBar, bound, sampler, ...rest } = model;
  const { dim: _dim, priorMeans: _means, convergence: _convergence, ...same } = rest;
  return {
    ...same,
    sampleShape: [...model.sampleShape],
    ...encodeSchedule(schedule),
    ...(bound && { bound: encodeBound(bound) }),
    ...(sampler && encodeSampler(sampler)),
    ...(terminalAlphaBar === 'first' ? {} : { terminalAlphaBar }),
    valueMinimum: valueRange[0],
    valueMaximum: valueRange[1],
    conditions: model.conditions.map(encodeCondition),
    latencyCurve: [...model.latencyCurve],
  };
}

function encodeCondition({ unconditional, ...condition }: ConditionDescription): Condition {
  return {
    ...condition,
    shape: [...condition.shape],
    labels: [...condition.labels],
    ...(unconditional === null ? {} : { unconditional }),
  };
}

/** Checks what a plan computes with: a worker is a peer, but its figures are input. */
export function decodeModel(model: ReceivedModel): RegisteredModel {
  try {
    requireUsable(model);
    return decodeUsable(model);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SamplerError(
      'INVALID_REQUEST',
      `model ${JSON.stringify(model.name)}: ${error.message}`,
    );
  }
}

function requireUsable({ name, sampleShape, maxBatch, latencyCurve }: ReceivedModel): void {
  requireInteger('name.length', name.length, 1, limits.nameMax);
  requireInteger('sample_shape.length', sampleShape.length, 1, limits.rankMax);
  requireInteger('dim', elementsOf(sampleShape), 1, limits.latentElementsMax);
  requireInteger('max_batch', maxBatch, 1, limits.batchMax);
  requireInteger('latency_curve.length', latencyCurve.length, 1, limits.batchMax);
  for (const { batch, ms } of latencyCurve) {
    requireInteger('latency_curve.batch', batch, 1, maxBatch);
    if (!(ms >= 0 && ms < Infinity)) throw outOfRange('latency_curve.ms', ms, '0 or more, finite');
  }
}

function decodeUsable(model: ReceivedModel): RegisteredModel {
  const { name, sha256, backend, timestepOffset, dataStd, guidance, maxBatch, license } = model;
  const { sampleShape, batchJitter, sharedTimestep, bound } = model;
  const { takesPrompts, decodesLatents } = model;
  const schedule = decodeSchedule(model) ?? unknown('schedule', model.schedule, scheduleKinds);
  return {
    name,
    sha256,
    backend,
    sampleShape,
    dim: elementsOf(sampleShape),
    prediction: oneOf('prediction', model.prediction, predictions),
    schedule,
    spacing: oneOf('spacing', model.spacing, ['leading', 'trailing', 'linspace']),
    timestepOffset,
    terminalAlphaBar: model.terminalAlphaBar ?? 'first',
    ...(bound && { bound: decodeBound(bound) }),
    ...(model.solver !== '' && { sampler: decodeSampler(model) }),
    dataStd,
    valueRange: [model.valueMinimum, model.valueMaximum],
    guidance,
    conditions: model.conditions.map(decodeCondition),
    maxBatch,
    sharedTimestep,
    ...(takesPrompts && { takesPrompts }),
    ...(decodesLatents && { decodesLatents }),
    license,
    latencyCurve: model.latencyCurve.map(({ batch, ms }) => ({ batch, ms })),
    batchJitter,
    ...decodePriorMeans(model),
    ...(model.convergence && { convergence: decodeConvergence(model.convergence) }),
  };
}

function decodePriorMeans(model: ReceivedModel): Pick<RegisteredModel, 'priorMeans'> {
  const { priorMeanValues: values, priorMeans: bytes, sampleShape } = model;
  if (values.length === 0) return {};
  const length = values.length * elementsOf(sampleShape);
  if (bytes.length !== 4 * length) {
    throw outOfRange('prior_means', `${bytes.length} bytes`, `${4 * length}`);
  }
  const means = new Float32Array(Uint8Array.from(bytes).buffer);
  return { priorMeans: { values, means } };
}

function decodeCondition(condition: Condition__Output): ConditionDescription {
  const { name, shape, minimum, maximum, labels } = condition;
  return {
    name,
    dtype: oneOf('dtype', condition.dtype, ['int64', 'int32', 'float32']),
    shape,
    minimum,
    maximum,
    unconditional: condition.unconditional ?? null,
    labels,
  };
}

/** What this version does not know it cannot compute with. */
function oneOf<T extends string>(field: string, found: string, known: readonly T[]): T {
  return known.find((value) => value === found) ?? unknown(field, found, known);
}

function unknown(field: string, found: string, known: readonly string[]): never {
  const list = known.join(', ');
  throw new SamplerError(
    'VERSION_SKEW',
    `${field}: found ${JSON.stringify(found)}, this version knows ${list}`,
  );
}
