/** The data stream of one registration: orders in, answers out. It ends with the registration. */
import type { StatusObject } from '@grpc/grpc-js';

import type { CoordinatorData__Output } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { FleetClient } from '../../proto/generated/isochron/v1/Fleet.ts';
import type { Order__Output } from '../../proto/generated/isochron/v1/Order.ts';
import type { WorkerData } from '../../proto/generated/isochron/v1/WorkerData.ts';
import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import { decodeToWorker, encodeFromBlock } from '../../shared/protocol/block-wire.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { assembleToWorker, ordersOf } from '../../shared/protocol/orders.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import { conditionGate } from './condition-cache.ts';
import type { Tensors } from './condition-cache.ts';

export interface DataOptions {
  readonly client: FleetClient;
  /** Id from the registration. */
  readonly worker: string;
  readonly onMessage: (message: ToWorker) => void;
  /** Answers orders that are about no block; undefined where an order is none of those. */
  readonly aside: (order: Order__Output) => Promise<WorkerData[]> | undefined;
  /** What this worker was sent before, also on other streams. */
  readonly conditions: Tensors;
  /** The stream is over, by whichever side; not called after `close`. */
  readonly onEnd: (reason: string) => void;
}

export interface DataClient {
  send(message: FromBlock): void;
  close(): void;
}

export function openDataClient(options: DataOptions): DataClient {
  const { client, worker, onMessage, onEnd, conditions, aside } = options;
  const stream = client.data({ deadline: Infinity });
  const writer = new OrderedWriter<WorkerData>(stream);
  const assembler = assembleToWorker();
  const gate = conditionGate(conditions, (job, digests) => {
    void writer.write([{ missing: { job, digests } }]);
  });
  const halfJobs = new Set<string>();
  let open = true;
  const end = (reason: string): void => {
    if (!open) return;
    open = false;
    stream.cancel();
    onEnd(reason);
  };
  stream.on('data', (message: CoordinatorData__Output) => {
    if (!open) return;
    try {
      const complete = assembler.push(message);
      if (complete === undefined) return;
      for (const order of gate.pass(ordersOf(complete))) {
        noteWire(halfJobs, order);
        const answer = aside(order);
        if (answer) void answer.then((messages) => writer.write(messages));
        else onMessage(decodeToWorker(order));
      }
    } catch (error) {
      // After an order that cannot be read, the ones behind it mean nothing.
      end(SamplerError.from(error).message);
    }
  });
  stream.on('error', () => undefined);
  stream.on('status', ({ code, details }: StatusObject) => end(`data stream: ${code} ${details}`));
  void writer.write([{ attach: { worker } }]);
  return {
    send: (message) => {
      const sent = withoutLatePreview(message, writer.waiting);
      void writer.write(encodeFromBlock(sent, halfJobs.has(message.fence.job)));
    },
    close: () => {
      open = false;
      stream.cancel();
    },
  };
}

/** What is sent of a job goes as what is received of it. */
function noteWire(halfJobs: Set<string>, { openJob, closeJob }: Order__Output): void {
  if (openJob?.half) halfJobs.add(openJob.job);
  if (closeJob) halfJobs.delete(closeJob.job);
}

/** A preview is the one thing that may be left out, and the biggest: it never waits in line. */
function withoutLatePreview(message: FromBlock, waiting: number): FromBlock {
  if (message.kind !== 'progress' || waiting === 0) return message;
  const { preview: _preview, ...progress } = message.progress;
  return { ...message, progress };
}
