/** The model of a job: finds it, checks that it is the one meant, and queues at its slot. */
import { conditionOfNegative, negativeOf } from '../../shared/kernel/negative-condition.ts';
import { setImmediate as turn } from 'node:timers/promises';

import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { KNOWN, MASK } from '../../shared/kernel/known-region.ts';
import { sharedBatch, worthwhileBatch } from '../../shared/numerics/batches.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import { withKnownRegion, type KnownRegion } from '../../shared/numerics/known-region.ts';
import { predictions } from '../../shared/numerics/parameterization.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { createBatchGovernor } from '../core/batch-governor.ts';
import { batchedDenoiser } from '../core/batcher.ts';
import { createSlotQueue } from '../core/slot-queue.ts';
import type { SlotQueue } from '../core/slot-queue.ts';
import type { ReadyModel } from './registration.ts';

export type OpenDenoiser = (
  spec: JobSpec,
  stopped: () => boolean,
  alone?: () => boolean,
) => Promise<Denoiser>;

/** One queue per model for the life of the worker: jobs of two registrations may overlap. */
export function slotQueues(
  models: ReadonlyMap<string, ReadyModel>,
  now: () => number,
): ReadonlyMap<string, SlotQueue> {
  // orders that came together are carried out side by side: after one turn all their calls are here
  const options = { now, gather: () => turn() };
  return new Map([...models].map(([name, { slot }]) => [name, createSlotQueue(slot, options)]));
}

export function denoiserOpener(
  models: ReadonlyMap<string, ReadyModel>,
  now: () => number,
  queues = slotQueues(models, now),
): OpenDenoiser {
  const governors = new Map(
    [...models].map(([name, { slot }]) => [name, createBatchGovernor(slot.maxBatch)]),
  );
  return async (spec, stopped, alone) => {
    const queue = queues.get(spec.model);
    const model = models.get(spec.model)?.model;
    if (queue === undefined || model === undefined) {
      throw new SamplerError('UNKNOWN_MODEL', `this worker has no model ${spec.model}`);
    }
    if (model.sha256 !== spec.modelSha256) {
      const what = `model ${spec.model} is ${model.sha256} here, not ${spec.modelSha256}`;
      throw new SamplerError('MODEL_UNUSABLE', what);
    }
    if (model.dim !== spec.dim) {
      const what = `model ${spec.model} has latents of ${model.dim} elements, not ${spec.dim}`;
      throw new SamplerError('SHAPE_MISMATCH', what);
    }
    const given = new Map(spec.conditions.map(({ name, values }) => [name, values]));
    const known = model.conditions.map(({ name, unconditional, minimum }) => ({
      name,
      values: given.get(name),
      negative: given.get(negativeOf(name)),
      unconditional,
      neutral: unconditional ?? minimum,
    }));
    const [x0, mask] = [given.get(KNOWN), given.get(MASK)];
    for (const name of [KNOWN, MASK]) given.delete(name);
    const unknown = [...given.keys()].find((name) =>
      known.every((one) => one.name !== (conditionOfNegative(name) ?? name)),
    );
    if (unknown !== undefined) {
      const what = `model ${spec.model} has no condition ${JSON.stringify(unknown)}`;
      throw new SamplerError('INVALID_REQUEST', what);
    }
    const { samples, dim, guided, guidance, guidanceWeights: weights, timesteps } = spec;
    const { sharedTimestep } = model;
    const batchMax = worthwhileBatch(model, guided);
    const sharedMax = sharedBatch(model);
    const shape = { samples, dim, guided, guidance, sharedTimestep, batchMax, sharedMax };
    const governor = governors.get(spec.model);
    const denoiser = batchedDenoiser(queue, {
      ...{ ...shape, conditions: known, stopped },
      ...(alone && { alone }),
      ...(weights && {
        guidanceAt: new Map(Array.from(timesteps, (t, k) => [t, weights[k] ?? 1])),
      }),
      ...(governor && { governor }),
    });
    return x0 && mask ? withKnownRegion(denoiser, regionOf(spec, x0, mask)) : denoiser;
  };
}

function regionOf(spec: JobSpec, x0: Float64Array, mask: Float64Array): KnownRegion {
  const { samples, dim, prediction, timesteps, signals, sigmas } = spec;
  const known = predictions.find((name) => name === prediction);
  if (!known || x0.length !== samples * dim || mask.length !== samples * dim) {
    const what = `a known region of ${x0.length} and ${mask.length} values, not ${samples * dim}`;
    throw new SamplerError('SHAPE_MISMATCH', what);
  }
  const values = { known: Float32Array.from(x0), mask: Float32Array.from(mask) };
  return { ...values, prediction: known, timesteps, signals, sigmas };
}
