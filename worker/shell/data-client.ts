/** The data stream of one registration: orders in, answers out. It ends with the registration. */
import type { StatusObject } from '@grpc/grpc-js';

import type { CoordinatorData__Output } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { FleetClient } from '../../proto/generated/isochron/v1/Fleet.ts';
import type { WorkerData } from '../../proto/generated/isochron/v1/WorkerData.ts';
import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import { encodeFromBlock } from '../../shared/protocol/block-wire.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { assembleToWorker, decodeOrders } from '../../shared/protocol/orders.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';

export interface DataOptions {
  readonly client: FleetClient;
  /** Id from the registration. */
  readonly worker: string;
  readonly onMessage: (message: ToWorker) => void;
  /** The stream is over, by whichever side; not called after `close`. */
  readonly onEnd: (reason: string) => void;
}

export interface DataClient {
  send(message: FromBlock): void;
  close(): void;
}

export function openDataClient({ client, worker, onMessage, onEnd }: DataOptions): DataClient {
  const stream = client.data({ deadline: Infinity });
  const writer = new OrderedWriter<WorkerData>(stream);
  const assembler = assembleToWorker();
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
      if (complete !== undefined) for (const order of decodeOrders(complete)) onMessage(order);
    } catch (error) {
      // After an order that cannot be read, the ones behind it mean nothing.
      end(SamplerError.from(error).message);
    }
  });
  stream.on('error', () => undefined);
  stream.on('status', ({ code, details }: StatusObject) => end(`data stream: ${code} ${details}`));
  void writer.write([{ attach: { worker } }]);
  return {
    send: (message) =>
      void writer.write(encodeFromBlock(withoutLatePreview(message, writer.waiting))),
    close: () => {
      open = false;
      stream.cancel();
    },
  };
}

/** A preview is the one thing that may be left out, and the biggest: it never waits in line. */
function withoutLatePreview(message: FromBlock, waiting: number): FromBlock {
  if (message.kind !== 'progress' || waiting === 0) return message;
  const { preview: _preview, ...progress } = message.progress;
  return { ...message, progress };
}
