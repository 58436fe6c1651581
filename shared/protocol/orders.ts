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
import type { Order, Order__Output } from '../../proto/generated/isochron/v1/Order.ts';
import type { JobSpec, ToWorker } from '../kernel/block-messages.ts';
import { limits } from '../kernel/limits.ts';
import { announcedToWorker } from './announced-latents.ts';
import { decodeToWorker, encodeToWorker } from './block-wire.ts';
import { encodeCondition } from './condition-tensors.ts';
import type { HasCondition } from './condition-tensors.ts';
import { halveLatents, LatentAssembler, splitLatents } from './latents.ts';
import { required } from './wire-fields.ts';

export interface OrderOptions {
  readonly has?: HasCondition;
  /** Latents go as float16. */
  readonly half?: boolean;
}

/** To be written in one piece, one after the other. */
export function encodeOrders(
  given: readonly ToWorker[],
  { has = () => false, half = false }: OrderOptions = {},
): CoordinatorData[] {
  const orders = given.map((order) => encodeToWorker(order, has));
  // conditions are no latents: they keep their bits
  if (half) for (const order of orders) if (!order.openJob) halveLatents(announcedToWorker(order));
  return messagesOf(orders);
}

/** The answer to a worker that lacks conditions of a job. */
export function encodeSupply(job: string, conditions: JobSpec['conditions']): CoordinatorData[] {
  const tensors = conditions.map((condition) => encodeCondition(condition, () => false));
  return messagesOf([{ supply: { job, tensors } }]);
}

/** Orders with their latents behind them. */
export function messagesOf(given: readonly Order[]): CoordinatorData[] {
  return together(given).flatMap((orders): CoordinatorData[] => {
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
export function ordersOf({ orders }: CoordinatorData__Output): readonly Order__Output[] {
  required(orders[0], 'orders');
  return orders;
}

/** @param complete as the assembler returned it, with all conditions */
export function decodeOrders(complete: CoordinatorData__Output): ToWorker[] {
  return ordersOf(complete).map(decodeToWorker);
}
