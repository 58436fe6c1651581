/** Between the generated types of the wire and the types of the library. */
import type { AvailableModel__Output } from '../../proto/generated/isochron/v1/AvailableModel.ts';
import type { JobEvent__Output } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { Input__Output } from '../../proto/generated/isochron/v1/Input.ts';
import type { JobStatus__Output } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { PlanReply__Output } from '../../proto/generated/isochron/v1/PlanReply.ts';
import type { PlanSummary__Output } from '../../proto/generated/isochron/v1/PlanSummary.ts';
import type { Report__Output } from '../../proto/generated/isochron/v1/Report.ts';
import type * as submit from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { TraceRound__Output } from '../../proto/generated/isochron/v1/TraceRound.ts';
import type { Worker__Output } from '../../proto/generated/isochron/v1/Worker.ts';
import { decodeBound } from '../../shared/protocol/rule-wire.ts';
import { decodeSampler } from '../../shared/protocol/sampler-wire.ts';
import { decodeSchedule } from '../../shared/protocol/schedule-wire.ts';
import { residualOf } from '../../shared/kernel/residual-code.ts';
import { isErrorCode, SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import type {
  ConditionDtype,
  Prediction,
  TimestepSpacing,
} from '../../shared/protocol/model-description.ts';
import type {
  AvailableModel,
  ImageTensor,
  InputTensor,
  JobEvent,
  JobPlan,
  JobState,
  JobStatus,
  ModelInfo,
  PlanSummary,
  Report,
  SubmitRequest,
  TraceRound,
  WorkerInfo,
} from './types.ts';

type SubmitMessage = submit.SubmitRequest;
type ModelMessage = NonNullable<AvailableModel__Output['model']>;

export function toSubmitMessage(request: SubmitRequest): SubmitMessage {
  const {
    inputs = [],
    solverOptions = {},
    prompts = [],
    negativePrompts = [],
    guidanceSchedule = [],
    image,
    mask,
    ...rest
  } = request;
  const told = Object.keys(solverOptions).length > 0;
  // proto3 presence: what is undefined must be absent, not zero.
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as SubmitMessage),
    ...(told && { solverOptions: JSON.stringify(solverOptions) }),
    prompts: [...prompts],
    negativePrompts: [...negativePrompts],
    guidanceSchedule: [...guidanceSchedule],
    ...(mask && { mask: imageMessage('mask', mask) }),
    ...(image && { image: imageMessage('image', image) }),
    inputs: inputs.map(tensorMessage),
  };
}

function imageMessage(name: string, { shape, data }: ImageTensor) {
  return tensorMessage({
    name,
    dtype: data instanceof Uint8Array ? 'uint8' : 'float32',
    shape,
    data,
  });
}

interface AnyTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

function tensorMessage({ name, dtype, shape, data }: AnyTensor) {
  const { buffer, byteOffset, byteLength } = data;
  return { name, dtype, shape: [...shape], data: new Uint8Array(buffer, byteOffset, byteLength) };
}

export function toJobStatus(message: JobStatus__Output): JobStatus {
  const { state, errorCode, ...rest } = message;
  return {
    ...rest,
    state: toJobState(state),
    errorCode: isErrorCode(errorCode) ? errorCode : undefined,
  };
}

function toJobState(state: JobStatus__Output['state']): JobState {
  switch (state) {
    case 'QUEUED':
      return 'queued';
    case 'RUNNING':
      return 'running';
    case 'DONE':
      return 'done';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'JOB_STATE_UNSPECIFIED':
    default:
      // A state that this version does not know, or none: no claim about the job can be right.
      throw skew(`job state ${JSON.stringify(state)}`);
  }
}

export function toJobEvent(message: JobEvent__Output): JobEvent {
  const { status, preview, previewShape, rounds, blocks, errorEstimate } = message;
  if (status === null) throw skew('a job event without a status');
  return {
    status: toJobStatus(status),
    ...(errorEstimate !== undefined && { errorEstimate }),
    ...(rounds.length > 0 && { rounds: rounds.map(toTraceRound) }),
    ...(blocks.length > 0 && { blocks }),
    ...(preview.length > 0 && { preview: float32s(preview), previewShape }),
  };
}

export function toReport(message: Report__Output): Report {
  const {
    bytesToWorkers,
    bytesFromWorkers,
    valueMinimum,
    valueMaximum,
    sequential,
    timeMs,
    certificate,
    plan,
    spotChecks,
    _sequential,
    _certificate,
    ...rest
  } = message;
  return {
    ...rest,
    // results of earlier versions have as many rows as steps
    rows: rest.rows || rest.steps,
    latentsPerRow: rest.latentsPerRow || 1,
    timeMs: timeMs ?? { model: 0, queue: 0, network: 0, coordinator: 0, scan: 0 },
    bytes: { toWorkers: bytesToWorkers, fromWorkers: bytesFromWorkers },
    sequential: sequential ?? null,
    certificate: certificate ?? null,
    plan: plan && toPlanSummary(plan),
    // of a job that an older coordinator has kept
    spotChecks: spotChecks ?? { made: 0, dropped: 0, startedOver: 0 },
    valueRange: [valueMinimum, valueMaximum],
  };
}

export function toJobPlan({ plan, settings }: PlanReply__Output): JobPlan {
  if (plan === null) throw skew('no plan');
  return { plan: toPlanSummary(plan), settings };
}

function toPlanSummary({ predictedMs, _predictedMs, ...plan }: PlanSummary__Output): PlanSummary {
  return { ...plan, predictedMs: predictedMs ?? null };
}

/** An input as it was submitted; its bytes are checked against its shape. */
export function toInputTensor({ name, dtype, shape, data }: Input__Output): InputTensor {
  const known = (['int64', 'int32', 'float32'] as const).find((one) => one === dtype);
  if (known === undefined) throw skew(`an input of type ${JSON.stringify(dtype)}`);
  const { buffer, byteLength } = Uint8Array.from(data);
  const bytes = elementsOf(shape) * (known === 'int64' ? 8 : 4);
  if (byteLength !== bytes) throw skew(`input ${name} of ${byteLength} bytes, not ${bytes}`);
  const arrays = { int64: BigInt64Array, int32: Int32Array, float32: Float32Array };
  return { name, dtype: known, shape, data: new arrays[known](buffer) };
}

export function toTraceRound(message: TraceRound__Output): TraceRound {
  const { round, frontier, firstStep, residualCodes } = message;
  return { round, frontier, firstStep, residuals: Float32Array.from(residualCodes, residualOf) };
}

export function toModelInfo(message: ModelMessage): ModelInfo {
  const { name, sha256, backend, sampleShape, timestepOffset, dataStd, license } = message;
  const { guidance, maxBatch, sharedTimestep, latencyCurve, batchJitter } = message;
  const { conditions, bound, valueMinimum, valueMaximum, terminalAlphaBar } = message;
  const { takesPrompts, decodesLatents } = message;
  const schedule = decodeSchedule(message);
  if (!schedule) throw skew(`the schedule ${JSON.stringify(message.schedule)}`);
  // What only plans are made with goes no further than the coordinator.
  return {
    ...{ name, sha256, backend, sampleShape, timestepOffset, dataStd, license },
    ...{ guidance, maxBatch, sharedTimestep, latencyCurve, batchJitter, schedule },
    ...{ takesPrompts, decodesLatents },
    // The coordinator has checked these names when the worker registered.
    prediction: message.prediction as Prediction,
    spacing: message.spacing as TimestepSpacing,
    ...(bound && { bound: decodeBound(bound) }),
    ...(message.solver !== '' && { sampler: decodeSampler(message) }),
    terminalAlphaBar: terminalAlphaBar ?? 'first',
    valueRange: [valueMinimum, valueMaximum],
    conditions: conditions.map(({ _unconditional, unconditional, ...condition }) => ({
      ...condition,
      dtype: condition.dtype as ConditionDtype,
      unconditional: unconditional ?? null,
    })),
  };
}

export function toAvailableModel({ model, workers }: AvailableModel__Output): AvailableModel {
  if (model === null) throw skew('a model without a description');
  return { ...toModelInfo(model), workers };
}

export function toWorkerInfo(message: Worker__Output): WorkerInfo {
  return { ...message, models: message.models.map(toModelInfo) };
}

/** A copy: bytes of a message may start at any address, and a typed array must be aligned. */
export function float32s(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function skew(found: string): SamplerError {
  return new SamplerError(
    'VERSION_SKEW',
    `the coordinator sent ${found}, which this client does not know; use the same version of both`,
  );
}
