/**
 * Many workers in one thread, for `bench:coordinator`: the production block runtime, batcher and
 * slot queue on an analytic model, and the wire format both ways. Only sockets are missing.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { assert } from '../../shared/kernel/assert.ts';
import { encodeFromBlock } from '../../shared/protocol/block-wire.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { assembleToWorker, decodeOrders } from '../../shared/protocol/orders.ts';
import { analyticBackend, builtinModels } from '../../worker/backend/analytic.ts';
import { createBlockRuntime } from '../../worker/core/block-runtime.ts';
import { denoiserOpener } from '../../worker/shell/job-denoiser.ts';
import { readyModels } from '../../worker/shell/registration.ts';

/** A message of a data stream, either way. */
export interface Parcel {
  readonly worker: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface WorkersData {
  readonly model: string;
  /** Of the model's schedule: as many steps can be sampled. */
  readonly trainSteps: number;
  readonly workers: readonly string[];
}

const port = parentPort;
assert(port, 'simulated workers run in a thread');
const { model: name, trainSteps, workers } = workerData as WorkersData;
const models = builtinModels().map(({ description, mixture }) => {
  const betas = { betaStart: 0.1 / trainSteps, betaEnd: 20 / trainSteps };
  const schedule = { kind: 'linear', trainSteps, ...betas } as const;
  return { description: { ...description, schedule }, mixture };
});
const measuring = { repeats: 1, budgetMs: 300 };
const log = pino({ level: 'silent' });
const ready = await readyModels(analyticBackend({ models }), log, { measure: measuring });
const openDenoiser = denoiserOpener(ready, () => performance.now());
const { responseDeserialize, requestSerialize } = loadPackage().Fleet.service.Data;

const inbox = new Map(workers.map((worker) => [worker, open(worker)]));
port.on('message', (parcels: readonly Parcel[]) => {
  for (const { worker, bytes } of parcels) inbox.get(worker)?.(bytes);
});
port.postMessage(ready.get(name)?.model);

function open(worker: string): (bytes: Uint8Array) => void {
  const assembler = assembleToWorker();
  const runtime = createBlockRuntime({
    openDenoiser,
    now: () => performance.now(),
    breathe: () => turn(),
    send: (message) => {
      const parts = encodeFromBlock(message).map((part) => requestSerialize(part));
      port?.postMessage(parts.map((bytes): Parcel => ({ worker, bytes: Uint8Array.from(bytes) })));
    },
  });
  return (bytes) => {
    const complete = assembler.push(responseDeserialize(Buffer.from(bytes)));
    if (complete) for (const order of decodeOrders(complete)) runtime.handle(order);
  };
}
