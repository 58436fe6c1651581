/** What a worker says about itself, measured before it says it. */
import { hostname } from 'node:os';

import type { Logger } from 'pino';

import type { Register } from '../../proto/generated/isochron/v1/Register.ts';
import { timesAt } from '../../shared/numerics/model-time.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { protocolVersion } from '../../shared/protocol/loader.ts';
import type { ModelDescription, RegisteredModel } from '../../shared/protocol/model-description.ts';
import { encodeRegistration } from '../../shared/protocol/model-wire.ts';
import type { Backend, ModelSlot } from '../backend/backend.ts';
import { isAllocationError } from '../core/batch-governor.ts';
import { batchInvariance, measureLatencyCurve } from '../backend/measure.ts';
import type { MeasureLatencyOptions } from '../backend/measure.ts';
import { partOf } from '../backend/slot-arrays.ts';
import { measurePriorMeans } from '../backend/prior-means.ts';
import { hangMsDefault, hangMsOf, type Watchdog } from './watchdog.ts';

export interface ReadyModel {
  readonly model: RegisteredModel;
  readonly slot: ModelSlot;
  /** A call that takes longer hangs; 0 where nobody watches. */
  readonly hangMs: number;
}

export interface ReadyOptions {
  readonly measure?: MeasureLatencyOptions | undefined;
  readonly watchdog?: Watchdog | undefined;
  /** Least milliseconds after which a call counts as hung. */
  readonly hangMs?: number | undefined;
}

/** Loads and measures every model; one that fails is left out and named in the log. */
export async function readyModels(
  backend: Backend,
  log: Logger,
  { measure = {}, watchdog, hangMs: leastMs = hangMsDefault }: ReadyOptions = {},
): Promise<Map<string, ReadyModel>> {
  const ready = new Map<string, ReadyModel>();
  let failure: unknown;
  for (const description of backend.models) {
    const { name } = description;
    try {
      const own = await backend.slot(name);
      let hangMs = hangMsOf(undefined, own.maxBatch, leastMs);
      const watched = watchdog?.watch(own, () => hangMs) ?? own;
      const { slot, latencyCurve, batchJitter } = await measured(watched, description, {
        measure,
        log,
      });
      hangMs = hangMsOf(latencyCurve, slot.maxBatch, leastMs);
      const { maxBatch } = slot;
      const priorMeans = await measurePriorMeans(description, slot);
      const found = { maxBatch, latencyCurve, batchJitter, ...(priorMeans && { priorMeans }) };
      const model = { ...description, ...found };
      ready.set(name, { slot, hangMs: watchdog ? hangMs : 0, model });
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

/** As much of the slot as there is memory for. */
async function measured(
  slot: ModelSlot,
  description: ModelDescription,
  { measure, log }: { readonly measure: MeasureLatencyOptions; readonly log: Logger },
) {
  for (let most = slot.maxBatch; ; most = Math.floor(most / 2)) {
    const part = most === slot.maxBatch ? slot : partOf(slot, most);
    try {
      // all rows at once first: the curve may not come that far in its time
      const batchJitter = await jitterOf(description, part);
      return { slot: part, batchJitter, latencyCurve: await measureLatencyCurve(part, measure) };
    } catch (error) {
      if (!isAllocationError(error)) throw error;
      const { message } = SamplerError.from(error);
      if (most === 1) {
        throw new SamplerError('MODEL_TOO_LARGE', `there is no memory for one row: ${message}`);
      }
      log.warn({ rows: most, why: message }, 'no memory for so many rows: half of them');
    }
  }
}

/** Rows of one call must not see each other. A model with one timestep per call gets only one. */
async function jitterOf({ dim, schedule, sharedTimestep }: ModelDescription, slot: ModelSlot) {
  const shares = sharedTimestep ? [0.25, 0.25, 0.25] : [0, 0.25, 0.6];
  const timesteps = timesAt(schedule, shares);
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
    hangMs: Math.max(...[...models.values()].map(({ hangMs }) => hangMs)),
  };
}
