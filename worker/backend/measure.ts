import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import { copyInto, firstNonFinite, maxDifference } from '../../shared/numerics/vector.ts';
import type { LatencyCurve } from '../../shared/protocol/model-description.ts';
import type { CallWay } from '../core/call-ways.ts';
import { measureCurve, measureCurves } from '../core/latency-curve.ts';
import type { SlotQueue } from '../core/slot-queue.ts';
import type { ModelSlot } from './backend.ts';

export interface MeasureLatencyOptions {
  readonly repeats?: number;
  readonly budgetMs?: number;
}

/** A timestep that every model knows: the least noisy one. */
const measuringTimestep = 0;
const probeSeed = seedWords(0x150c);
/** As many as the budget allows: who asks wants the calls of several workers to overlap. */
const REMEASURE_REPEATS = 1_000;

/**
 * The slot's latency curve as its caller feels it, the way to the model thread and back included.
 */
export async function measureLatencyCurve(
  slot: ModelSlot,
  options: MeasureLatencyOptions = {},
): Promise<LatencyCurve> {
  const { repeats = 7, budgetMs = 2000 } = options;
  // Zeros could be faster or slower than data (denormals, sparsity): noise is neither.
  fillRows(slot.states, 0, slot.states.length);
  slot.timesteps.fill(measuringTimestep);
  const { maxBatch } = slot;
  return measureCurve(
    { maxBatch, repeats, budgetMs },
    timed((batch) => slot.run(batch)),
  );
}

export interface RemeasureOptions {
  readonly batchMax: number;
  readonly budgetMs: number;
  /** No other worker is measured meanwhile: calls may take the cores of all. */
  readonly alone: boolean;
}

/**
 * Again, while the worker serves: the calls line up with those of jobs, and run on whatever rows
 * the slot holds.
 */
export async function remeasureLatencyCurve(
  queue: SlotQueue,
  { batchMax, budgetMs, alone }: RemeasureOptions,
): Promise<LatencyCurve> {
  const { slot, ways } = queue;
  const maxBatch = Math.min(batchMax, slot.maxBatch);
  const options = { maxBatch, repeats: REMEASURE_REPEATS, budgetMs };
  const nothing = (): void => undefined;
  const callOf = (way: CallWay) => {
    const call = (count: number) =>
      queue.call({ owner: call, count, sharedMax: count, way, fill: nothing, take: nothing });
    return timed(call);
  };
  const others = alone ? (slot.ways ?? []) : [];
  // the first call of a way may load the model for it, which is longer than any budget
  for (const way of others) await callOf(way)(1);
  const [plain = [], ...curves] = await measureCurves(
    options,
    ['plain' as const, ...others].map(callOf),
  );
  const byWay = new Map(others.map((way, k) => [way, curves[k] ?? []]));
  return others.length > 0 ? ways.measured(plain, byWay) : plain;
}

function timed(call: (batch: number) => Promise<unknown>) {
  return async (batch: number): Promise<number> => {
    const start = performance.now();
    await call(batch);
    return performance.now() - start;
  };
}

export interface BatchInvariance {
  /** The greatest absolute difference of an output; Infinity if one of the two is not finite. */
  readonly maxDifference: number;
  /** True if a row has the same bits alone and in a batch: exact mode may then merge rows. */
  readonly sameBits: boolean;
}

/**
 * Evaluates three fixed rows, of different timesteps, alone and inside a full batch. A difference
 * near rounding is the kernels' choice by shape; one near the outputs' own size means that the
 * model mixes the rows of a batch or reads one timestep for all, and cannot be used with merged
 * rows.
 */
export async function batchInvariance(
  slot: ModelSlot,
  dim: number,
  timesteps: readonly number[] = [1, 249, 601],
): Promise<BatchInvariance> {
  const { maxBatch } = slot;
  const probes = timesteps.slice(0, maxBatch);
  const alone = new Float32Array(probes.length * dim);
  for (const [probe, timestep] of probes.entries()) {
    fillRows(slot.states, probe, dim);
    slot.timesteps[0] = timestep;
    await slot.run(1);
    copyInto(alone, probe * dim, slot.outputs, 0, dim);
  }
  // First, last and between: a kernel may treat the remainder of a batch differently.
  const spread = (maxBatch - 1) / Math.max(1, probes.length - 1);
  const places = probes.map((_, probe) => Math.floor(probe * spread));
  for (let row = 0; row < maxBatch; row++) {
    const probe = places.indexOf(row);
    fillRows(slot.states.subarray(row * dim), probe === -1 ? probes.length + row : probe, dim);
    slot.timesteps[row] = probes[Math.max(0, probe)] ?? 0;
  }
  await slot.run(maxBatch);
  const differences = places.map((row, probe) =>
    difference(slot.outputs.subarray(row * dim, (row + 1) * dim), alone, probe * dim),
  );
  const greatest = Math.max(...differences);
  return { maxDifference: greatest, sameBits: greatest === 0 };
}

function difference(row: Float32Array, alone: Float32Array, aloneAt: number): number {
  const { length } = row;
  const finite =
    firstNonFinite(row, 0, length) === -1 && firstNonFinite(alone, aloneAt, length) === -1;
  return finite ? maxDifference(row, 0, alone, aloneAt, length) : Infinity;
}

function fillRows(target: Float32Array, probe: number, length: number): void {
  fillNormal(target, 0, length, {
    seed: probeSeed,
    stream: noiseStream.test,
    sample: probe,
    step: 0,
  });
}
