import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { CoordinatorData } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import { limits } from '../../shared/kernel/limits.ts';
import {
  assembleFromBlock,
  decodeFromBlock,
  decodeToWorker,
  encodeFromBlock,
} from '../../shared/protocol/block-wire.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { assembleToWorker, decodeOrders, encodeOrders } from '../../shared/protocol/orders.ts';
import { everyFromBlock, everyToWorker, fence, latentsOf } from './wire-samples.ts';

const { Data } = loadPackage().Fleet.service;

/** Through bytes and back, as the peer sees it. */
function throughToWorker(...orders: ToWorker[]): ToWorker[] {
  const assembler = assembleToWorker();
  return encodeOrders(orders)
    .map((sent) => assembler.push(Data.responseDeserialize(Data.responseSerialize(sent))))
    .filter((complete) => complete !== undefined)
    .flatMap(decodeOrders);
}

function throughFromBlock(message: FromBlock): FromBlock[] {
  const assembler = assembleFromBlock();
  return encodeFromBlock(message)
    .map((sent) => assembler.push(Data.requestDeserialize(Data.requestSerialize(sent))))
    .filter((complete) => complete !== undefined)
    .map(decodeFromBlock);
}

const part = limits.tensorPartBytes / 4;

describe.each([
  ['small', 8],
  ['exactly one part', part],
  ['one element more than two parts', 2 * part + 1],
])('with %s latents', (_name, size) => {
  it.each(everyToWorker(size).map((message) => [message.kind, message] as const))(
    '%s to a worker survives the wire',
    (_kind, message) => {
      expect(throughToWorker(message)).toEqual([message]);
    },
  );

  it.each(everyFromBlock(size).map((message) => [message.kind, message] as const))(
    '%s from a block survives the wire',
    (_kind, message) => {
      expect(throughFromBlock(message)).toEqual([message]);
    },
  );
});

describe('orders of one event', () => {
  it.each([8, part / 2, part, 2 * part + 1])(
    'arrive in order with %i elements a latent',
    (size) => {
      const orders = everyToWorker(size);
      expect(throughToWorker(...orders)).toEqual(orders);
    },
  );

  it('share a message as long as it stays small', () => {
    const orders = (size: number) =>
      Array.from({ length: 4 }, (_, k): ToWorker => ({
        kind: 'absorb',
        fence: { ...fence, block: k },
        left: latentsOf(size),
      }));
    const kinds = (size: number) =>
      encodeOrders(orders(size)).map((message) => message.orders?.length ?? 0);
    expect(kinds(8)).toEqual([4]);
    expect(kinds(part / 2)).toEqual([2, 2]);
    expect(kinds(part)).toEqual([1, 1, 1, 1]);
    // the latents of each in two parts
    expect(kinds(part + 1)).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
    const sizes = encodeOrders(orders(part / 2)).map((m) => Data.responseSerialize(m).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.tensorPartBytes + 256);
  });
});

it('keeps every bit of every latent and number', () => {
  const bits = fc.array(fc.float({ noNaN: true }), { maxLength: 40 });
  fc.assert(
    fc.property(bits, fc.array(fc.double({ noNaN: true })), (floats, doubles) => {
      const left = Float32Array.from(floats);
      const absorb: ToWorker = { kind: 'absorb', fence, left };
      expect(throughToWorker(absorb)).toEqual([absorb]);
      const prefix = Float64Array.from(doubles);
      const correct: ToWorker = { kind: 'correct', fence, prefix, rightmost: true };
      expect(throughToWorker(correct)).toEqual([correct]);
    }),
    { numRuns: 100 },
  );
});

it('sends no message above the limit, whatever the latents', () => {
  const [, , , , both] = everyToWorker(3 * part);
  expect(both?.kind).toBe('assignBlock');
  const sizes = both ? encodeOrders([both]).map((m) => Data.responseSerialize(m).length) : [];
  expect(sizes).toHaveLength(1 + 2 * 3);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.tensorPartBytes + 64);
});

it('refuses a message of a kind or with fields that this version does not know', () => {
  expect(() => decodeToWorker({})).toThrow(expect.objectContaining({ code: 'VERSION_SKEW' }));
  expect(() => decodeFromBlock({})).toThrow(expect.objectContaining({ code: 'VERSION_SKEW' }));
  const read = (message: CoordinatorData) =>
    decodeOrders(Data.responseDeserialize(Data.responseSerialize(message)));
  expect(() => read({})).toThrow('without orders');
  expect(() => read({ orders: [{ releaseBlock: {} }] })).toThrow('without fence');
});

it('does not copy latents on the way out', () => {
  const left = latentsOf(16);
  const [sent] = encodeOrders([{ kind: 'absorb', fence, left }]);
  const data = sent?.orders?.[0]?.absorb?.left?.data;
  expect(data instanceof Uint8Array && data.buffer).toBe(left.buffer);
});
