import { Worker } from 'node:worker_threads';

import { assert } from '../../shared/kernel/assert.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { SlotArrays } from './slot-arrays.ts';
import type { FromThread, RunSlot, ThreadData, ToThread } from './thread-messages.ts';

export interface Payload {
  readonly value: unknown;
  /** Buffers that move to the thread: a model of gigabytes is not copied on the way. */
  readonly transfer?: readonly ArrayBuffer[];
}

interface Pending {
  readonly model: string;
  readonly resolve: (modelMs: number) => void;
  readonly reject: (error: SamplerError) => void;
}

/** The calling side of one model thread: turns messages into promises, its death into errors. */
export class ModelThread {
  readonly #worker: Worker;
  readonly #progress: BigInt64Array;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #death: SamplerError | undefined;
  #closing = false;

  constructor(entry: URL) {
    const progress = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    this.#progress = new BigInt64Array(progress);
    const workerData: ThreadData = { progress };
    this.#worker = new Worker(entry, { workerData, name: 'model' });
    this.#worker.on('message', (message: FromThread) => this.#settle(message));
    this.#worker.on('messageerror', (error) => this.#die(error.message));
    this.#worker.on('error', (error) =>
      this.#die(error instanceof Error ? error.message : String(error)),
    );
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#die(`exit code ${code}`);
        resolve();
      });
    });
  }

  async open(slot: number, model: string, arrays: SlotArrays, payload?: Payload): Promise<void> {
    const message = { kind: 'open', slot, model, arrays, payload: payload?.value } as const;
    await this.#call(model, message, payload?.transfer);
  }

  run(slot: number, model: string, rows: Pick<RunSlot, 'count' | 'wide'>): Promise<number> {
    return this.#call(model, { kind: 'run', slot, ...rows });
  }

  /** An idle thread owes no progress; a dead one never shows any again. */
  sinceProgressMs(): number {
    if (this.#pending.size === 0 && this.#death === undefined) return 0;
    return Number(process.hrtime.bigint() - Atomics.load(this.#progress, 0)) / 1e6;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#post({ kind: 'close' });
    await this.#exited;
  }

  #call(
    model: string,
    message: Exclude<ToThread, { kind: 'close' }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<number> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const { slot } = message;
    assert(!this.#pending.has(slot), `slot ${slot} of ${model} is already running`);
    // The wait of a first call counts from here, not from the thread's last sign of life.
    if (this.#pending.size === 0) Atomics.store(this.#progress, 0, process.hrtime.bigint());
    return new Promise((resolve, reject) => {
      this.#pending.set(slot, { model, resolve, reject });
      this.#post(message, transfer);
    });
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #settle(message: FromThread): void {
    const pending = this.#pending.get(message.slot);
    assert(pending !== undefined, `an answer for slot ${message.slot}, which waits for none`);
    this.#pending.delete(message.slot);
    if (message.kind === 'failed') {
      const { context, retriable } = message;
      pending.reject(new SamplerError(message.code, message.message, { context, retriable }));
    } else {
      pending.resolve(message.kind === 'ran' ? message.modelMs : 0);
    }
  }

  #die(reason: string): void {
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    this.#death ??= this.#closing
      ? new SamplerError('CANCELLED', 'the backend was closed')
      : new SamplerError('WORKER_LOST', deathText(reason, calls), { context: { reason } });
    for (const call of calls) call.reject(this.#death);
  }
}

function deathText(reason: string, calls: readonly Pending[]): string {
  const models = [...new Set(calls.map((call) => call.model))].join(', ');
  const during = models === '' ? 'while idle' : `during a call of ${models}`;
  return `the model thread ended ${during} (${reason}); this worker cannot go on: restart it`;
}
