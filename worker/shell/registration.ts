/** What a worker says about itself, measured before it says it. */
import { hostname } from 'node:os';

import type { Logger } from 'pino';

import type { Register } from '../../proto/generated/isochron/v1/Register.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { protocolVersion } from '../../shared/protocol/loader.ts';
import type { ModelDescription, RegisteredModel } from '../../shared/protocol/model-description.ts';
import { encodeRegistration } from '../../shared/protocol/model-wire.ts';
import type { Backend, ModelSlot } from '../backend/backend.ts';
import { batchInvariance, measureLatencyCurve } from '../backend/measure.ts';
import type { MeasureLatencyOptions } from '../backend/measure.ts';
import { measurePriorMeans } from '../backend/prior-means.ts';

export interface ReadyModel {
  readonly model: RegisteredModel;
  readonly slot: ModelSlot;
}

/** Loads and measures every model; one that fails is left out and named in the log. */
export async function readyModels(
  backend: Backend,
  log: Logger,
  measure: MeasureLatencyOptions = {},
): Promise<Map<string, ReadyModel>> {
  const ready = new Map<string, ReadyModel>();
  let failure: unknown;
  for (const description of backend.models) {
    const { name } = description;
    try {
      const slot = await backend.slot(name);
      const latencyCurve = await measureLatencyCurve(slot, measure);
      const batchJitter = await jitterOf(description, slot);
      const priorMeans = await measurePriorMeans(description, slot);
      const measured = { latencyCurve, batchJitter, ...(priorMeans && { priorMeans }) };
      ready.set(name, { slot, model: { ...description, ...measured } });
      log.info({ model: name, latencyCurve, batchJitter }, 'model ready');
    } catch (error) {
      failure = error;
      log.error({ model: name, err: error }, 'model left out');
    }
  }
  if (ready.size > 0) return ready;
  if (failure !== undefined) throw SamplerError.from(failure);
  throw new SamplerError('MODEL_UNUSABLE', `the ${backend.kind} backend has no models to serve`);
}

/** Rows of one call must not see each other. A model with one timestep per call gets only one. */
async function jitterOf({ dim, schedule, sharedTimestep }: ModelDescription, slot: ModelSlot) {
  const share = (part: number): number => Math.floor(part * (schedule.trainSteps - 1));
  const timesteps = sharedTimestep
    ? Array.from({ length: 3 }, () => share(0.25))
    : [0, 0.25, 0.6].map(share);
  const { maxDifference } = await batchInvariance(slot, dim, timesteps);
  return maxDifference;
}

export function defaultName(): string {
  const name = `${hostname()}:${process.pid}`;
  return name.slice(-limits.nameMax);
}

export function registration(
  backend: Backend,
  models: ReadonlyMap<string, ReadyModel>,
  name: string,
): Register {
  const ready = [...models.values()].map(({ model }) => model);
  return {
    protocolVersion,
    name,
    backend: backend.kind,
    models: ready.map(encodeRegistration),
    // A backend says so in the description of what it emulates (house rule: it is never hidden).
    emulated: ready.some((model) => model.backend.startsWith('emulated')),
  };
}
