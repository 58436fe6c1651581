/**
 * Models on the thread that asks for them. The way to the model thread and back costs 0.1 to 0.3 ms
 * of waking cores up (measured on two of them), which a round of a few milliseconds feels. A call
 * that is short by the heartbeat's measure needs no thread of its own.
 */
import { assert } from '../../shared/kernel/assert.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { Payload } from './model-thread.ts';
import type { SlotArrays } from './slot-arrays.ts';
import { namingTheModel, type LoadThreadModel, type ThreadModel } from './thread-loop.ts';

/** Of a full batch, the longest that a heartbeat may have to wait: a fifth of the lease. */
const INLINE_MS_MAX = 1000;
/** A model that large is loaded once, where it stays. */
const INLINE_BYTES_MAX = 512 * 1024 * 1024;

export interface InlineModels {
  /**
   * Runs the first rows of the slot; resolves to the milliseconds of the model. Undefined where
   * the model's calls are too long for this thread.
   */
  open(name: string, payload: () => Promise<Payload>, arrays: SlotArrays): Promise<Run | undefined>;
  /** Since the call that runs now was asked for; 0 where none does. */
  sinceProgressMs(): number;
  close(): Promise<void>;
}

export type Run = (count: number, wide?: boolean) => Promise<number>;

interface Host {
  readonly load: LoadThreadModel;
  /** By name; undefined where the model belongs to the model thread. */
  readonly models: Map<string, Promise<ThreadModel | undefined>>;
  /** Calls are made strictly one after another, as in the model thread. */
  tail: Promise<unknown>;
  runningSince: number | undefined;
  closed: boolean;
}

export function inlineModels(load: LoadThreadModel): InlineModels {
  const host: Host = {
    load,
    models: new Map(),
    tail: Promise.resolve(),
    runningSince: undefined,
    closed: false,
  };
  return {
    open: (name, payload, arrays) => open(host, name, payload, arrays),
    sinceProgressMs: () =>
      host.runningSince === undefined ? 0 : performance.now() - host.runningSince,
    close: () => close(host),
  };
}

async function open(
  host: Host,
  name: string,
  payload: () => Promise<Payload>,
  arrays: SlotArrays,
): Promise<Run | undefined> {
  const known = host.models.get(name) ?? admit(host, payload, arrays);
  host.models.set(name, known);
  try {
    const model = await known;
    return model && bound(host, name, model, arrays);
  } catch (error) {
    host.models.delete(name);
    throw SamplerError.from(error);
  }
}

/** Loads a model and keeps it if a full batch is short; what it computes here is thrown away. */
async function admit(
  host: Host,
  payload: () => Promise<Payload>,
  arrays: SlotArrays,
): Promise<ThreadModel | undefined> {
  const { value, transfer = [] } = await payload();
  const bytes = transfer.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytes > INLINE_BYTES_MAX) return undefined;
  const model = await host.load(value);
  if (await isShort(model, arrays)) return model;
  await model.release();
  return undefined;
}

async function isShort(model: ThreadModel, arrays: SlotArrays): Promise<boolean> {
  try {
    const run = model.bind(arrays);
    const { length } = arrays.timesteps;
    // the first call of a size allocates; one that is long already is not repeated
    for (const count of [1, length, length]) {
      const start = performance.now();
      await run(count);
      const ms = performance.now() - start;
      if (ms > 2 * INLINE_MS_MAX) return false;
      if (ms <= INLINE_MS_MAX && count === length) return true;
    }
    return false;
  } catch {
    // what is wrong is said by the thread, to the first who calls
    return false;
  }
}

function bound(host: Host, name: string, model: ThreadModel, arrays: SlotArrays): Run {
  const run = model.bind(arrays);
  let waiting = false;
  const call = async (count: number, wide?: boolean): Promise<number> => {
    if (host.closed) throw new SamplerError('CANCELLED', 'the backend was closed');
    const start = performance.now();
    host.runningSince = start;
    try {
      await run(count, wide);
    } catch (error) {
      throw namingTheModel(error, name, count);
    } finally {
      host.runningSince = undefined;
    }
    return performance.now() - start;
  };
  return (count, wide) => {
    assert(!waiting, `a slot of ${name} is already running`);
    waiting = true;
    const answer = host.tail.then(() => call(count, wide)).finally(() => (waiting = false));
    host.tail = answer.catch(() => undefined);
    return answer;
  };
}

async function close(host: Host): Promise<void> {
  host.closed = true;
  await host.tail;
  const models = await Promise.allSettled(host.models.values());
  host.models.clear();
  for (const model of models) if (model.status === 'fulfilled') await model.value?.release();
}
