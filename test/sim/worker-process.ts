/** The production runtime of a worker, on a model that takes virtual time. */
import type { Fence, FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import type { LatencyCurve } from '../../shared/numerics/latency-curve.ts';
import { batchedDenoiser } from '../../worker/core/batcher.ts';
import { createBlockRuntime, type BlockRuntime } from '../../worker/core/block-runtime.ts';
import { createSlotQueue, type Slot } from '../../worker/core/slot-queue.ts';
import type { Owner, VirtualClock } from './clock.ts';

const MAX_BATCH = 8;
/** What a worker that lies adds to an element of its outputs. */
const LIE = 1e-2;
const CALL_MS: CallMs = { least: 2, perRow: 1 };

/** Of a call of the model. */
export interface CallMs {
  readonly least: number;
  readonly perRow: number;
}

export interface WorkerPorts {
  readonly clock: VirtualClock;
  readonly send: (message: FromBlock) => void;
  readonly callMs?: CallMs;
  /** Whether what it computes is wrong, and plausible. */
  readonly lies?: () => boolean;
  /** Whether it has no memory for the block that it is given now. */
  readonly refuses?: () => boolean;
}

const forgets = (fence: Fence): ToWorker => ({ kind: 'releaseBlock', fence, collect: false });
const REFUSAL = { code: 'MODEL_TOO_LARGE', message: 'no memory', retriable: true };

/** One element of every row is wrong, and finite. */
function addToRows(outputs: Float32Array, count: number, dim: number): void {
  for (let at = 0; at < count * dim; at += dim) outputs[at] = (outputs[at] ?? 0) + LIE;
}

/** One life of a worker: from its start to its crash. */
export class WorkerProcess implements Owner {
  alive = true;
  pausedUntil = 0;
  /** How many times slower than it should be. */
  slowness = 1;
  /** Its model calls do not come back any more. */
  stuck = false;
  modelCalls = 0;
  #calledMs: number | undefined;
  readonly #clock: VirtualClock;
  readonly runtime: BlockRuntime;
  readonly #callMs: CallMs;
  readonly #lies: () => boolean;
  readonly #refuse: (fence: Fence) => boolean;

  constructor(ports: WorkerPorts, dim: number, denoiser: Denoiser) {
    const { clock, send, callMs = CALL_MS, lies = () => false, refuses = () => false } = ports;
    this.#callMs = callMs;
    this.#lies = lies;
    this.#refuse = (fence) => {
      const refused = refuses();
      if (refused) send({ kind: 'blockFailed', fence, ...REFUSAL });
      return refused;
    };
    this.#clock = clock;
    const slot = this.#slot(clock, dim, denoiser);
    const now = (): number => clock.nowMs;
    const breathe = (): Promise<void> => clock.sleep(0, this);
    const queue = createSlotQueue(slot, { now, gather: breathe });
    this.runtime = createBlockRuntime({
      openDenoiser: async ({ samples, guided, guidance }, stopped) =>
        batchedDenoiser(queue, {
          ...{ samples, dim, guided, guidance, stopped, conditions: [] },
          ...{ sharedTimestep: false, sharedMax: MAX_BATCH },
        }),
      send: (message) => this.alive && send(message),
      now,
      breathe,
    });
  }

  /** What it would measure now. */
  get curve(): LatencyCurve {
    return [1, 2, 4, MAX_BATCH].map((batch) => ({ batch, ms: this.#modelMs(batch) }));
  }

  #modelMs(count: number): number {
    return this.slowness * (this.#callMs.least + this.#callMs.perRow * count);
  }

  /** Milliseconds since the call that runs now was made; 0 where none does. */
  get progressAgeMs(): number {
    return this.#calledMs === undefined ? 0 : this.#clock.nowMs - this.#calledMs;
  }

  handle(message: ToWorker): void {
    const refused = message.kind === 'assignBlock' && this.#refuse(message.fence);
    // what it holds of an earlier attempt is gone with any later one
    this.runtime.handle(refused ? forgets(message.fence) : message);
  }

  #slot(clock: VirtualClock, dim: number, denoiser: Denoiser): Slot {
    const [states, outputs] = [0, 1].map(() => new Float32Array(MAX_BATCH * dim));
    const timesteps = new Float32Array(MAX_BATCH);
    const offsets = Int32Array.from({ length: MAX_BATCH }, (_, k) => k * dim);
    const samples = new Int32Array(MAX_BATCH);
    const arrays = { states: states ?? timesteps, outputs: outputs ?? timesteps };
    return {
      maxBatch: MAX_BATCH,
      ...arrays,
      timesteps,
      conditions: new Map(),
      run: async (count) => {
        const modelMs = this.#modelMs(count);
        this.#calledMs = clock.nowMs;
        if (this.stuck) await new Promise<never>(() => undefined);
        await clock.sleep(modelMs, this);
        this.#calledMs = undefined;
        this.modelCalls += count;
        const times = Float64Array.from(timesteps);
        await denoiser.evaluate({ count, dim, ...arrays, offsets, timesteps: times, samples });
        if (this.#lies()) addToRows(arrays.outputs, count, dim);
        return { modelMs };
      },
    };
  }
}
