import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import { limits } from '../../shared/kernel/limits.ts';
import {
  assembleFromBlock,
  assembleToWorker,
  decodeFromBlock,
  decodeToWorker,
  encodeFromBlock,
  encodeToWorker,
} from '../../shared/protocol/block-wire.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { everyFromBlock, everyToWorker, fence, latentsOf } from './wire-samples.ts';

const { Data } = loadPackage().Fleet.service;

/** Through bytes and back, as the peer sees it. */
function throughToWorker(message: ToWorker): ToWorker[] {
  const assembler = assembleToWorker();
  return encodeToWorker(message)
    .map((sent) => assembler.push(Data.responseDeserialize(Data.responseSerialize(sent))))
    .filter((complete) => complete !== undefined)
    .map(decodeToWorker);
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

it('keeps every bit of every latent and number', () => {
  const bits = fc.array(fc.float({ noNaN: true }), { maxLength: 40 });
  fc.assert(
    fc.property(bits, fc.array(fc.double({ noNaN: true })), (floats, doubles) => {
      const left = Float32Array.from(floats);
      const weight = Float64Array.from(doubles);
      const message: ToWorker = { kind: 'absorb', fence, left, weight, rightmost: true };
      expect(throughToWorker(message)).toEqual([message]);
    }),
    { numRuns: 100 },
  );
});

it('sends no message above the limit, whatever the latents', () => {
  const [, , , , both] = everyToWorker(3 * part);
  expect(both?.kind).toBe('assignBlock');
  const sizes = both ? encodeToWorker(both).map((m) => Data.responseSerialize(m).length) : [];
  expect(sizes).toHaveLength(1 + 2 * 3);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.tensorPartBytes + 64);
});

it('refuses a message of a kind or with fields that this version does not know', () => {
  expect(() => decodeToWorker({})).toThrow(expect.objectContaining({ code: 'VERSION_SKEW' }));
  expect(() => decodeFromBlock({})).toThrow(expect.objectContaining({ code: 'VERSION_SKEW' }));
  const bare = Data.responseDeserialize(Data.responseSerialize({ releaseBlock: {} }));
  expect(() => decodeToWorker(bare)).toThrow('without fence');
});

it('does not copy latents on the way out', () => {
  const left = latentsOf(16);
  const [sent] = encodeToWorker({
    kind: 'absorb',
    fence,
    left,
    weight: new Float64Array(1),
    rightmost: true,
  });
  const data = sent?.absorb?.left?.data;
  expect(data instanceof Uint8Array && data.buffer).toBe(left.buffer);
});
