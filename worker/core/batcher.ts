/**
 * From the rows of a sweep to calls of a model: the denoiser of one job over a shared slot.
 *
 *   model row   one row of a call; a guided row is two of them, conditional and unconditional,
 *               next to each other, and D = D_u + w (D_c - D_u)
 *   batch       consecutive model rows (shared/numerics/batches.ts)
 *
 * The batches of a sweep are as equal as they can be, in row order: the same rows are always cut in
 * the same places, and no tiny last batch pays a whole call.
 */
import { batchesOf } from '../../shared/numerics/batches.ts';
import type { Batch } from '../../shared/numerics/batches.ts';
import type { Denoiser, EvaluationCost, Rows } from '../../shared/numerics/denoiser.ts';
import { guide } from '../../shared/numerics/guidance.ts';
import { deviceTime } from '../../shared/numerics/solver/block-solver.ts';
import { copyInto } from '../../shared/numerics/vector.ts';
import { createBatchGovernor, isAllocationError } from './batch-governor.ts';
import type { BatchGovernor } from './batch-governor.ts';
import { BlockError } from './block-error.ts';
import type { CallCost, ConditionArray, Slot, SlotQueue } from './slot-queue.ts';

export interface JobCondition {
  readonly name: string;
  /** One per sample and element; absent where the job gives none. */
  readonly values?: Float64Array | undefined;
  /** What the unconditional half of a pair sees, one per sample and element; absent: below. */
  readonly negative?: Float64Array | undefined;
  /** Value of the unconditional half of a pair; null where it keeps the condition. */
  readonly unconditional: number | null;
  /** Value for a job that gives none. */
  readonly neutral: number;
}

export interface BatchedJob {
  readonly samples: number;
  readonly dim: number;
  readonly guided: boolean;
  readonly guidance: number;
  /** Weight by model time, where it changes along the way. */
  readonly guidanceAt?: ReadonlyMap<number, number>;
  readonly conditions: readonly JobCondition[];
  /** One call takes one timestep for all its rows. */
  readonly sharedTimestep: boolean;
  /** Most rows of a call that still pays; default what the slot takes. */
  readonly batchMax?: number;
  /** Most rows of a call that it shares with other blocks and jobs; default none. */
  readonly sharedMax?: number;
  /** What the model's device has room for, shared by all of its jobs; default the whole slot. */
  readonly governor?: BatchGovernor;
  /** True once the job is over: its next call is not made. */
  readonly stopped?: () => boolean;
  /** True while the cluster has no other work. */
  readonly alone?: () => boolean;
}

const noEvaluation: EvaluationCost = {
  forwardPasses: 0,
  microBatches: 0,
  modelMs: 0,
  queueMs: 0,
  elapsedMs: 0,
};

export function batchedDenoiser(queue: SlotQueue, job: BatchedJob): Denoiser {
  const { maxBatch } = queue.slot;
  const most = Math.min(maxBatch, job.batchMax ?? maxBatch);
  const governor = job.governor ?? createBatchGovernor(maxBatch);
  const writers = job.conditions.map((condition) => conditionWriter(queue.slot, job, condition));
  const caller = { queue, job, governor, writers };
  return {
    async evaluate(rows) {
      let cost = noEvaluation;
      const todo = batchesOf(rows, job, Math.min(most, governor.most));
      for (let batch = todo.shift(); batch; batch = todo.shift()) {
        // what was cut before a call failed may be too large as well
        const fits = batch.count <= governor.most;
        const paid = fits ? await callOf(caller, rows, batch) : undefined;
        if (paid === undefined) {
          todo.unshift(...smaller(batch, governor.most));
          continue;
        }
        cost = {
          forwardPasses: cost.forwardPasses + batch.count,
          microBatches: cost.microBatches + paid.calls,
          modelMs: cost.modelMs + paid.modelMs,
          ...deviceTime(cost, paid),
          queueMs: cost.queueMs + paid.queueMs,
          elapsedMs: cost.elapsedMs + paid.elapsedMs,
        };
      }
      return cost;
    },
  };
}

interface Caller extends Filled {
  readonly queue: SlotQueue;
  readonly governor: BatchGovernor;
}

/** Undefined where there was no memory for so many rows. */
async function callOf(
  { queue, job, governor, writers }: Caller,
  rows: Rows,
  batch: Batch,
): Promise<CallCost | undefined> {
  const { count } = batch;
  const alone = job.alone?.() === true;
  const way = alone ? queue.ways.next(count) : 'plain';
  try {
    const cost = await queue.call({
      owner: job,
      count,
      sharedMax: Math.max(count, Math.min(job.sharedMax ?? 0, governor.most)),
      way,
      fill: (slot, at) => fill(slot, rows, { ...batch, at }, { job, writers }),
      take: (slot, at) => take(slot, rows, { ...batch, at }, job),
      ...(rows.meanwhile && batch.from === 0 && { meanwhile: rows.meanwhile }),
    });
    governor.succeeded(count);
    if (alone) queue.ways.took(way, count, cost.modelMs);
    return cost;
  } catch (error) {
    if (!isAllocationError(error)) throw error;
    if (count === 1) throw tooLarge(error);
    governor.failed(count);
    return undefined;
  }
}

function tooLarge(error: unknown): BlockError {
  const why = error instanceof Error ? error.message : String(error);
  return new BlockError('MODEL_TOO_LARGE', `this worker has no memory for one row: ${why}`, true);
}

/** The same model rows in calls of at most `most`; pairs stay together where two fit. */
function smaller({ from, count }: Batch, most: number): Batch[] {
  const room = most > 1 ? most - (most % 2) : 1;
  const pieces = Array.from({ length: Math.ceil(count / room) }, (_, k) => k * room);
  return pieces.map((at) => ({ from: from + at, count: Math.min(room, count - at) }));
}

interface Filled {
  readonly job: BatchedJob;
  readonly writers: readonly ConditionWriter[];
}

/** A batch, and its first row in the slot. */
interface Seated extends Batch {
  readonly at: number;
}

function fill(slot: Slot, rows: Rows, batch: Seated, { job, writers }: Filled): void {
  if (job.stopped?.() === true) throw new BlockError('CANCELLED', 'the job is over');
  const { dim } = rows;
  for (let k = 0; k < batch.count; k++) {
    const { row, unconditional } = modelRow(batch.from + k, job.guided);
    const to = batch.at + k;
    copyInto(slot.states, to * dim, rows.states, rows.offsets[row] ?? 0, dim);
    slot.timesteps[to] = rows.timesteps[row] ?? 0;
    for (const write of writers) write(to, rows.samples[row] ?? 0, unconditional);
  }
}

/** The conditional half comes first and is kept in its place until the other one arrives. */
function take(slot: Slot, rows: Rows, batch: Seated, job: BatchedJob): void {
  const { guided, guidance, guidanceAt } = job;
  const { dim, outputs } = rows;
  for (let k = 0; k < batch.count; k++) {
    const { row, unconditional } = modelRow(batch.from + k, guided);
    const outAt = rows.offsets[row] ?? 0;
    const from = (batch.at + k) * dim;
    if (!unconditional) {
      copyInto(outputs, outAt, slot.outputs, from, dim);
      continue;
    }
    const other = { unconditional: slot.outputs, unconditionalAt: from };
    const weight = guidanceAt?.get(rows.timesteps[row] ?? NaN) ?? guidance;
    guide(
      { out: outputs, outAt, ...other, conditional: outputs, conditionalAt: outAt, dim },
      weight,
    );
  }
}

function modelRow(index: number, guided: boolean): { row: number; unconditional: boolean } {
  if (!guided) return { row: index, unconditional: false };
  return { row: Math.floor(index / 2), unconditional: index % 2 === 1 };
}

type ConditionWriter = (row: number, sample: number, unconditional: boolean) => void;

/** Values are converted to the model's own type here, once per job. */
function conditionWriter(slot: Slot, job: BatchedJob, condition: JobCondition): ConditionWriter {
  const { name } = condition;
  const target = slot.conditions.get(name);
  if (target === undefined) {
    throw new BlockError('INVALID_REQUEST', `the model has no condition ${JSON.stringify(name)}`);
  }
  const length = (job.samples * target.length) / slot.maxBatch;
  const values = condition.values ?? new Float64Array(length).fill(condition.neutral);
  if (values.length !== length) {
    const what = `condition ${name}: found ${values.length} values, expected ${length}`;
    throw new BlockError('SHAPE_MISMATCH', what);
  }
  const { negative } = condition;
  if (negative && negative.length !== length) {
    const what = `negative of ${name}: found ${negative.length} values, expected ${length}`;
    throw new BlockError('SHAPE_MISMATCH', what);
  }
  const without = negative ?? unconditionalOf(condition, length);
  return typedWriter(target, values, without, target.length / slot.maxBatch);
}

/** Empty where the unconditional half keeps the condition. */
function unconditionalOf({ unconditional }: JobCondition, length: number): Float64Array {
  return new Float64Array(unconditional === null ? 0 : length).fill(unconditional ?? 0);
}

function typedWriter(
  target: ConditionArray,
  values: Float64Array,
  without: Float64Array,
  elements: number,
): ConditionWriter {
  if (target instanceof Float32Array) {
    const [own, other] = [Float32Array.from(values), Float32Array.from(without)];
    return writer<Float32Array>(target, own, other, elements);
  }
  if (target instanceof Int32Array) {
    const [own, other] = [Int32Array.from(values), Int32Array.from(without)];
    return writer<Int32Array>(target, own, other, elements);
  }
  const [own, other] = [BigInt64Array.from(values, BigInt), BigInt64Array.from(without, BigInt)];
  return writer<BigInt64Array>(target, own, other, elements);
}

/** @param other what the unconditional half sees; empty where it keeps the condition */
function writer<A extends { readonly length: number; subarray(begin: number, end: number): A }>(
  target: { set(source: A, at: number): void },
  values: A,
  other: A,
  elements: number,
): ConditionWriter {
  return (row, sample, unconditional) => {
    const seen = unconditional && other.length > 0 ? other : values;
    target.set(seen.subarray(sample * elements, (sample + 1) * elements), row * elements);
  };
}
