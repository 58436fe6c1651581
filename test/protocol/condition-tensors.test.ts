import { describe, expect, it } from 'vitest';
import { limits } from '../../shared/kernel/limits.ts';
import { byteCache } from '../../shared/protocol/byte-cache.ts';
import { encodeCondition } from '../../shared/protocol/condition-tensors.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import {
  assembleToWorker,
  decodeOrders,
  encodeOrders,
  encodeSupply,
} from '../../shared/protocol/orders.ts';
import { spec as someSpec } from './wire-samples.ts';

const { Data } = loadPackage().Fleet.service;
const never = () => false;

function sent(values: Float64Array, has: (digest: string, bytes: number) => boolean = never) {
  const spec = { ...someSpec, conditions: [{ name: 'text', values }] };
  return encodeOrders([{ kind: 'openJob', spec }], { has }).map((message) =>
    Data.responseSerialize(message),
  );
}

function received(messages: readonly Buffer[]) {
  const assembler = assembleToWorker();
  const complete = messages.flatMap(
    (bytes) => assembler.push(Data.responseDeserialize(bytes)) ?? [],
  );
  return complete.flatMap(decodeOrders);
}

describe('conditions on the wire', () => {
  it.each([
    ['int32', [3, -1, 2 ** 31 - 1], 4],
    ['float32', [0.5, -0, Math.fround(0.1)], 4],
    ['float64', [0.1, 2 ** 40, 1], 8],
  ] as const)('are %s where that holds all values exactly', (dtype, numbers, size) => {
    const values = Float64Array.from(numbers);
    const encoded = encodeCondition({ name: 'text', values }, never);
    expect(encoded).toMatchObject({ dtype, digest: '' });
    expect(encoded.data?.byteLength).toBe(size * numbers.length);
    const [order] = received(sent(values));
    expect(order).toMatchObject({ spec: { conditions: [{ name: 'text', values }] } });
  });

  it('are half the bytes of doubles for the embedding of a text, and follow in parts', () => {
    const values = Float64Array.from({ length: 12 * 77 * 768 }, (_, k) => Math.fround(Math.sin(k)));
    const messages = sent(values);
    expect(messages.length).toBeGreaterThan(2);
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(
      limits.tensorPartBytes + 1024,
    );
    const total = messages.reduce((sum, { length }) => sum + length, 0);
    expect(total).toBeLessThan(4 * values.length + 4096);
    const [order] = received(messages);
    expect(order).toMatchObject({ spec: { conditions: [{ values }] } });
  });

  it('are a digest where the worker has them', () => {
    const values = Float64Array.from({ length: 77 * 768 }, (_, k) => Math.fround(Math.cos(k)));
    const asked: string[] = [];
    const [only, ...others] = sent(values, (digest, bytes) => {
      asked.push(digest);
      return bytes === 4 * values.length;
    });
    expect(others).toEqual([]);
    expect(only?.length).toBeLessThan(1024);
    expect(asked[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(() => received(only ? [only] : [])).toThrow(/without data/);
  });

  it('are damaged where a bit is', () => {
    const [message] = sent(Float64Array.from({ length: 300 }, (_, k) => k));
    const bytes = Buffer.from(message ?? []);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 500) ^ 1, bytes.length - 500);
    expect(() => received([bytes])).toThrow();
  });

  it('come again when they are asked for', () => {
    const conditions = [{ name: 'text', values: new Float64Array(500).fill(0.25) }];
    const [supply] = encodeSupply('j', conditions);
    expect(supply?.orders?.[0]?.supply).toMatchObject({ job: 'j', tensors: [{ name: 'text' }] });
  });
});

describe('a cache of so many bytes', () => {
  it('drops what was used least recently', () => {
    const cache = byteCache<number>(10);
    cache.set('a', 1, 4);
    cache.set('b', 2, 4);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3, 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
    cache.set('d', 4, 11);
    expect(cache.get('d')).toBeUndefined();
    cache.set('c', 5, 6);
    expect([cache.bytes, cache.get('a'), cache.get('c')]).toEqual([10, 1, 5]);
    cache.delete('a');
    cache.delete('a');
    expect(cache.bytes).toBe(6);
  });
});
