import { parentPort, workerData } from 'node:worker_threads';

import { assert } from '../../shared/kernel/assert.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { SlotArrays } from './slot-arrays.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** Runs the first `count` rows of a slot. */
export type RunRows = (count: number, wide?: boolean) => Promise<void> | void;

/** A model inside the thread: binds to a slot's arrays once. */
export interface ThreadModel {
  bind(arrays: SlotArrays): RunRows;
  release(): Promise<void>;
}

export type LoadThreadModel = (payload: unknown) => Promise<ThreadModel>;

interface OpenSlot {
  readonly model: string;
  readonly run: RunRows;
}

/** The body of every model thread: opens slots and runs them, strictly one after the other. */
export function serveModelThread(load: LoadThreadModel): void {
  assert(parentPort !== null, 'a model thread is started by ModelThread, not by itself');
  const port = parentPort;
  const progress = new BigInt64Array((workerData as ThreadData).progress);
  const models = new Map<string, ThreadModel>();
  const slots = new Map<number, OpenSlot>();

  async function open(message: Extract<ToThread, { kind: 'open' }>): Promise<FromThread> {
    let model = models.get(message.model);
    if (model === undefined) {
      model = await load(message.payload);
      models.set(message.model, model);
    }
    slots.set(message.slot, { model: message.model, run: model.bind(message.arrays) });
    return { kind: 'opened', slot: message.slot };
  }

  async function run(message: Extract<ToThread, { kind: 'run' }>): Promise<FromThread> {
    const slot = slots.get(message.slot);
    assert(slot !== undefined, `slot ${message.slot} was never opened`);
    const start = performance.now();
    try {
      await slot.run(message.count, message.wide);
    } catch (error) {
      throw namingTheModel(error, slot.model, message.count);
    }
    return { kind: 'ran', slot: message.slot, modelMs: performance.now() - start };
  }

  async function answer(message: Exclude<ToThread, { kind: 'close' }>): Promise<void> {
    stamp(progress);
    const reply = await (message.kind === 'open' ? open(message) : run(message)).catch(
      (error: unknown) => failed(message.slot, error),
    );
    stamp(progress);
    port.postMessage(reply);
  }

  // A chain, since native calls block the thread anyway: so modelMs is one call's time, not two.
  let tail = Promise.resolve();
  port.on('message', (message: ToThread) => {
    tail = tail.then(async () => {
      if (message.kind !== 'close') return answer(message);
      for (const model of models.values()) await model.release();
      port.close();
    });
  });
}

function stamp(progress: BigInt64Array): void {
  Atomics.store(progress, 0, process.hrtime.bigint());
}

/** The error of a call, with the model that failed. */
export function namingTheModel(error: unknown, model: string, rows: number): SamplerError {
  if (error instanceof SamplerError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new SamplerError(
    'MODEL_UNUSABLE',
    `model ${model} failed in a call of ${rows} rows: ${text}`,
    { context: { model, rows }, cause: error },
  );
}

function failed(slot: number, thrown: unknown): FromThread {
  const { code, message, context, retriable } = SamplerError.from(thrown);
  return { kind: 'failed', slot, code, message, context, retriable };
}
