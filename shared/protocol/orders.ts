/**
 * What one event has for one worker, as messages of the data stream: small orders share a message,
 * since every message costs both ends more time than a small order takes to read; large latents
 * follow in parts. The counterpart of `encodeFromBlock` and `decodeFromBlock`.
 */
import type {
  CoordinatorData,
  CoordinatorData__Output,
} from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { Latents } from '../../proto/generated/isochron/v1/Latents.ts';
import type { Order } from '../../proto/generated/isochron/v1/Order.ts';
import type { ToWorker } from '../kernel/block-messages.ts';
import { limits } from '../kernel/limits.ts';
import { announcedToWorker, decodeToWorker, encodeToWorker } from './block-wire.ts';
import { LatentAssembler, splitLatents } from './latents.ts';
import { required } from './wire-fields.ts';

/** To be written in one piece, one after the other. */
export function encodeOrders(given: readonly ToWorker[]): CoordinatorData[] {
  return together(given.map(encodeToWorker)).flatMap((orders): CoordinatorData[] => {
    const parts = splitLatents(orders.flatMap((order) => announcedToWorker<Latents>(order)));
    return [{ orders }, ...parts.map((data) => ({ latentPart: { data } }))];
  });
}

/** Neighbours share a message up to the size of a part. */
function together(orders: readonly Order[]): Order[][] {
  const messages: Order[][] = [];
  let room = 0;
  for (const order of orders) {
    const bytes = latentBytesOf(order);
    const last = messages.at(-1);
    if (last && bytes <= room) last.push(order);
    else {
      messages.push([order]);
      room = limits.tensorPartBytes;
    }
    room -= bytes;
  }
  return messages;
}

function latentBytesOf(order: Order): number {
  const sizes = announcedToWorker<Latents>(order).map(({ byteLength = 0 }) => byteLength);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** For the receiving end of a stream from the coordinator. */
export function assembleToWorker(): LatentAssembler<CoordinatorData__Output> {
  return new LatentAssembler<CoordinatorData__Output>(({ orders }) =>
    orders.flatMap((order) => announcedToWorker(order)),
  );
}

/** @param complete as the assembler returned it */
export function decodeOrders({ orders }: CoordinatorData__Output): ToWorker[] {
  required(orders[0], 'orders');
  return orders.map(decodeToWorker);
}
