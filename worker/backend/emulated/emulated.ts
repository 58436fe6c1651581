/**
 * Another backend with the latency of a described device: the outputs are real, and a call takes
 * as long as the device would, sleeping. What the other backend needs is part of that time; where
 * it needs more, the host cannot keep up with the device and the call is late. How late is never
 * hidden: `modelMs` is what the call took, `deviceMs` what the device would have taken.
 *
 * (Measured: a Node timer wakes up to a millisecond early or late, a sixth of a call of 6 ms; a
 * thread that waits on a futex some 0.1 ms late.)
 */
import { callMs } from '../../../shared/numerics/latency-curve.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { ModelDescription } from '../../../shared/protocol/model-description.ts';
import type { Backend, ModelSlot } from '../backend.ts';
import type { Emulation } from './emulation.ts';
import { patchBackend } from './patches.ts';
import type { Profile } from './profile.ts';
import { nowMs, openSleeper } from './sleep.ts';
import type { Sleeper } from './sleep.ts';

type Speed = Pick<Emulation, 'slow' | 'on' | 'faster'>;

/** All models of `inner` as the described device would run them. */
export function emulatedBackend(inner: Backend, profile: Profile, speed: Speed): Backend {
  const { maxBatch, name } = profile;
  const factorOf = factorNow(speed);
  const models = inner.models.map((model) => ({
    ...model,
    backend: labelOf(model, profile, speed),
    maxBatch: Math.min(maxBatch, model.maxBatch),
  }));
  const sleepers: Sleeper[] = [];
  return {
    kind: `emulated:${name}`,
    models,
    ...(inner.pipelines && { pipelines: inner.pipelines }),
    slot: async (wanted) => {
      const slot = await inner.slot(wanted);
      const sleeper = openSleeper();
      sleepers.push(sleeper);
      return emulatedSlot(slot, profile, factorOf, sleeper);
    },
    lastProgressMs: () => inner.lastProgressMs(),
    close: async () => {
      for (const sleeper of sleepers.splice(0)) sleeper.close();
      await inner.close();
    },
  };
}

/** What times are multiplied with; may change while it runs. */
function factorNow({ slow, on, faster }: Speed): () => number {
  let factor = (on === undefined ? slow : 1) / faster;
  if (on !== undefined) process.once(on, () => (factor = slow / faster));
  return () => factor;
}

/** The analytic model of the profile's size, called like the profile. */
export function profileModel(profile: Profile, bytes: number | undefined): Backend {
  const { name, sampleShape, maxBatch } = profile;
  if (bytes === undefined) return patchBackend({ name, sampleShape, maxBatch });
  const elements = bytes / Float32Array.BYTES_PER_ELEMENT;
  return patchBackend({ name: `${name}-${bytes}b`, sampleShape: [elements], maxBatch });
}

/** Whoever reads it must not take the figures for those of a device. */
function labelOf(
  model: ModelDescription,
  { name, device }: Profile,
  { slow, on, faster }: Speed,
): string {
  const changes = [
    ...(slow === 1 ? [] : [`, ${slow} times slower${on === undefined ? '' : ' once told'}`]),
    ...(faster === 1 ? [] : [`, ${faster} times faster than life`]),
  ];
  return `emulated: ${name} (${device})${changes.join('')} around ${model.backend}`;
}

function emulatedSlot(
  slot: ModelSlot,
  { curve, maxBatch }: Profile,
  factorOf: () => number,
  sleeper: Sleeper,
): ModelSlot {
  const most = Math.min(maxBatch, slot.maxBatch);
  return {
    ...slot,
    maxBatch: most,
    run: async (count) => {
      if (count > most) {
        const what = `a batch of ${count} rows, where the described device takes ${most}`;
        throw new SamplerError('INVALID_REQUEST', what);
      }
      const start = nowMs();
      const deviceMs = callMs(curve, count) * factorOf();
      await slot.run(count);
      await sleeper.until(start + deviceMs);
      return { modelMs: nowMs() - start, deviceMs };
    },
  };
}
