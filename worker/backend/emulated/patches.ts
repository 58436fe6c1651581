/** The analytic model of a profile: latents of any size, an exact answer, little work. */
import { createHash } from 'node:crypto';

import { limits } from '../../../shared/kernel/limits.ts';
import { patchMixture, predictPatches } from '../../../shared/numerics/patch-mixture.ts';
import type { PatchMixture } from '../../../shared/numerics/patch-mixture.ts';
import { levelsOverTime, noisiestTime } from '../../../shared/numerics/model-time.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { elementsOf } from '../../../shared/protocol/model-description.ts';
import type { ModelDescription } from '../../../shared/protocol/model-description.ts';
import type { Backend, ModelSlot } from '../backend.ts';
import { onLinearSchedule } from '../describe.ts';
import { createSlotArrays } from '../slot-arrays.ts';
import { checkCount, unknownModel } from '../threaded-backend.ts';

export interface PatchModelOptions {
  readonly name: string;
  readonly sampleShape: readonly number[];
  readonly maxBatch: number;
}

/** One model, on the linear schedule of 1000 steps. */
export function patchBackend(options: PatchModelOptions): Backend {
  const dim = elementsOf(options.sampleShape);
  if (dim > limits.latentElementsMax) {
    const what = `latents of ${dim} elements, expected at most ${limits.latentElementsMax}`;
    throw new SamplerError('INVALID_REQUEST', `model ${options.name}: ${what}`);
  }
  const mixture = patchMixture(dim);
  const model = describe(options, mixture);
  return {
    kind: 'analytic',
    models: [model],
    slot: async (name) => {
      if (name !== model.name) throw unknownModel(name, [model.name]);
      return patchSlot(model, mixture);
    },
    // The thread that would report a stall is the thread that would stall.
    lastProgressMs: () => 0,
    close: async () => undefined,
  };
}

function describe(
  { name, sampleShape, maxBatch }: PatchModelOptions,
  { dim, dataStd, means }: PatchMixture,
): ModelDescription {
  const described: Omit<ModelDescription, 'sha256'> = {
    name,
    backend: 'analytic',
    sampleShape,
    dim,
    ...onLinearSchedule,
    dataStd,
    valueRange: [-4, 4],
    guidance: 0,
    conditions: [],
    maxBatch,
    sharedTimestep: false,
    license: 'MIT',
  };
  const sha256 = createHash('sha256')
    .update(JSON.stringify(described))
    .update(new Uint8Array(means.buffer, means.byteOffset, means.byteLength))
    .digest('hex');
  return { ...described, sha256 };
}

function patchSlot(model: ModelDescription, mixture: PatchMixture): ModelSlot {
  const arrays = createSlotArrays(model);
  const { dim, name, maxBatch } = model;
  const levelAt = levelsOverTime(model.schedule);
  return {
    maxBatch,
    ...arrays,
    run: async (count) => {
      checkCount(count, model);
      const start = performance.now();
      for (let row = 0; row < count; row++) {
        const timestep = arrays.timesteps[row] ?? -1;
        const level = levelAt(timestep);
        if (level === undefined) {
          const what = `model ${name} knows the timesteps 0 to ${noisiestTime(model.schedule)}`;
          throw new SamplerError('INVALID_REQUEST', `${what}, not ${timestep}`);
        }
        predictPatches(mixture, level, arrays, row * dim);
      }
      return { modelMs: performance.now() - start };
    },
  };
}
