/** A Fleet service on loopback that does nothing by itself: tests read and write its streams. */
import { once } from 'node:events';

import { Server, status } from '@grpc/grpc-js';

import type { CoordinatorData } from '../../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { FleetHandlers as Handlers } from '../../../proto/generated/isochron/v1/Fleet.ts';
import type { WorkerControl__Output } from '../../../proto/generated/isochron/v1/WorkerControl.ts';
import type { WorkerData__Output } from '../../../proto/generated/isochron/v1/WorkerData.ts';
import type { FromBlock, ToWorker } from '../../../shared/kernel/block-messages.ts';
import { assembleFromBlock, decodeFromBlock } from '../../../shared/protocol/block-wire.ts';
import { serverOptions } from '../../../shared/protocol/channel-options.ts';
import { listen } from '../../../shared/protocol/listen.ts';
import { loadPackage } from '../../../shared/protocol/loader.ts';
import { encodeOrders } from '../../../shared/protocol/orders.ts';
import { OrderedWriter } from '../../../shared/protocol/stream.ts';

export type ControlCall = Parameters<Handlers['Control']>[0];
export type DataCall = Parameters<Handlers['Data']>[0];

export interface FleetHandlers {
  readonly control: (call: ControlCall) => void;
  readonly data?: (call: DataCall) => void;
}

export interface TestFleet {
  readonly address: string;
  readonly port: number;
  close(): void;
}

export async function serveFleet(handlers: FleetHandlers, port = 0): Promise<TestFleet> {
  const server = new Server(serverOptions);
  server.addService(loadPackage().Fleet.service, {
    Control: (call: ControlCall) => {
      call.on('error', () => undefined);
      handlers.control(call);
    },
    Data: (call: DataCall) => {
      call.on('error', () => undefined);
      handlers.data?.(call);
    },
  });
  const { port: bound, close } = await listen(server, `127.0.0.1:${port}`);
  return { address: `127.0.0.1:${bound}`, port: bound, close };
}

/** Ends a call from the server's side; `destroy` would leave the client waiting for ever. */
export function abort(call: ControlCall | DataCall): void {
  call.emit('error', { code: status.ABORTED, details: 'ended by the test' });
}

/** The next control message of the kind. */
export async function nextControl<K extends 'register' | 'heartbeat' | 'draining' | 'measured'>(
  call: ControlCall,
  kind: K,
): Promise<NonNullable<WorkerControl__Output[K]>> {
  for (;;) {
    const [message] = (await once(call, 'data')) as [WorkerControl__Output];
    const found = message[kind];
    if (found) return found;
  }
}

/** Answers every registration with the next id; blocks go to the session that the test gets. */
export interface Session {
  readonly worker: string;
  readonly models: readonly { name?: string; sha256?: string }[];
  readonly control: ControlCall;
  readonly data: DataCall;
  send(message: ToWorker): void;
  onMessage: (message: FromBlock) => void;
}

export async function serveSessions(port = 0) {
  const waiting: ((session: Session) => void)[] = [];
  const ready: Session[] = [];
  const open = new Map<string, { control: ControlCall; models: Session['models'] }>();
  let count = 0;
  const fleet = await serveFleet(
    {
      control: (call) => {
        call.on('end', () => call.end());
        call.on('data', ({ register }: WorkerControl__Output) => {
          if (!register) return;
          const worker = `w${++count}`;
          open.set(worker, { control: call, models: register.models });
          call.write({ registered: { worker, epoch: 1, leaseMs: 5_000 } });
        });
      },
      data: (call) => {
        const assembler = assembleFromBlock();
        const writer = new OrderedWriter<CoordinatorData>(call);
        let session: Session | undefined;
        call.on('end', () => call.end());
        call.on('data', (message: WorkerData__Output) => {
          const { attach } = message;
          const opened = attach && open.get(attach.worker);
          if (attach && opened) {
            session = {
              ...opened,
              worker: attach.worker,
              data: call,
              send: (order) => void writer.write(encodeOrders([order])),
              onMessage: () => undefined,
            };
            const first = waiting.shift();
            if (first) first(session);
            else ready.push(session);
            return;
          }
          const complete = assembler.push(message);
          if (complete) session?.onMessage(decodeFromBlock(complete));
        });
      },
    },
    port,
  );
  const next = (): Promise<Session> => {
    const first = ready.shift();
    return first ? Promise.resolve(first) : new Promise((resolve) => waiting.push(resolve));
  };
  return { ...fleet, next };
}
