/**
 * Conditions that this worker was sent, by what is in them. An order that names one which is not
 * here any more waits, and those behind it, until the coordinator has sent it again.
 */
import type { ConditionTensor__Output } from '../../proto/generated/isochron/v1/ConditionTensor.ts';
import type { Order__Output } from '../../proto/generated/isochron/v1/Order.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { byteCache } from '../../shared/protocol/byte-cache.ts';
import type { ByteCache } from '../../shared/protocol/byte-cache.ts';
import { digestOf } from '../../shared/protocol/condition-tensors.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';

export type Tensors = ByteCache<NonNullable<ConditionTensor__Output['data']>>;

/** For the life of a worker: a coordinator that comes back finds it filled. */
export function conditionCache(): Tensors {
  return byteCache(limits.conditionCacheBytesMax);
}

export interface ConditionGate {
  /** The orders that can be carried out now, in order. */
  pass(orders: readonly Order__Output[]): Order__Output[];
}

/** One per stream. `ask` tells the coordinator what is missing. */
export function conditionGate(
  cache: Tensors,
  ask: (job: string, digests: string[]) => void,
): ConditionGate {
  let waiting: Order__Output[] = [];
  /** Jobs whose conditions the coordinator does not have either. */
  const given = new Set<string>();

  const ready = (order: Order__Output): boolean => {
    const { openJob } = order;
    if (!openJob) return true;
    const missing = openJob.tensors.filter((tensor) => !fill(cache, tensor));
    if (missing.length === 0) return true;
    // the answer was there and still something is missing: whoever reads the order will say so
    if (given.delete(openJob.job)) return true;
    ask(
      openJob.job,
      missing.map(({ digest }) => digest),
    );
    return false;
  };

  const drain = (orders: readonly Order__Output[]): Order__Output[] => {
    const stop = orders.findIndex((order) => !ready(order));
    waiting = stop === -1 ? [] : orders.slice(stop);
    return stop === -1 ? [...orders] : orders.slice(0, stop);
  };

  return {
    pass(orders) {
      const passing: Order__Output[] = [];
      for (const order of orders) {
        const { supply } = order;
        if (supply) {
          for (const tensor of supply.tensors) fill(cache, tensor);
          given.add(supply.job);
          passing.push(...drain(waiting));
        } else if (waiting.length > 0) waiting.push(order);
        else passing.push(...drain([order]));
      }
      return passing;
    },
  };
}

/** Keeps what came with data, and gives data to what came without; false where nobody has it. */
function fill(cache: Tensors, tensor: ConditionTensor__Output): boolean {
  const { digest, dtype, data } = tensor;
  if (data === null) tensor.data = cache.get(digest) ?? null;
  else if (digest !== '' && cache.get(digest) === undefined) {
    if (digestOf(dtype, data.data) !== digest) {
      throw new SamplerError('INTERNAL', `condition ${tensor.name} is not the one it is named for`);
    }
    cache.set(digest, data, data.data.length);
  }
  return tensor.data !== null;
}
