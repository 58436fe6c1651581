import { describe, expect, it } from 'vitest';

import { limits } from '../../shared/kernel/limits.ts';
import { decodeLatents, encodeLatents, latentBytesMax } from '../../shared/protocol/latents.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { assembleToWorker, decodeOrders, encodeOrders } from '../../shared/protocol/orders.ts';
import { fence, latentsOf, spec } from './wire-samples.ts';

const { Data } = loadPackage().Fleet.service;
const part = limits.tensorPartBytes / 4;

function received(values: Float32Array) {
  const { byteLength = 0, crc32 = 0 } = encodeLatents(values);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { byteLength, crc32, data: Buffer.from(bytes), half: false };
}

/** The message with its parts, as they come off the wire. */
function announcedAndParts(size: number) {
  const left = latentsOf(size);
  return encodeOrders([{ kind: 'absorb', fence, left }]).map((message) =>
    Data.responseDeserialize(Data.responseSerialize(message)),
  );
}

it('views aligned bytes and copies the others', () => {
  const values = latentsOf(5);
  for (const shift of [0, 1, 2, 3, 4]) {
    const latents = received(values);
    const room = Buffer.from(new ArrayBuffer(64));
    room.set(latents.data, shift);
    const data = room.subarray(shift, shift + latents.byteLength);
    const decoded = decodeLatents({ ...latents, data });
    expect(decoded).toEqual(values);
    expect(decoded.buffer === room.buffer).toBe(shift % 4 === 0);
  }
});

it('finds a single damaged bit', () => {
  const latents = received(latentsOf(5));
  latents.data[7] = (latents.data[7] ?? 0) ^ 1;
  expect(() => decodeLatents(latents)).toThrow(
    expect.objectContaining({ code: 'CORRUPTED', retriable: true }),
  );
  expect(() => decodeLatents(latents)).toThrow(/20 bytes arrived damaged: checksum [0-9a-f]{8}/);
});

it('finds a damaged bit in a part', () => {
  const assembler = assembleToWorker();
  const [first, ...rest] = announcedAndParts(part + 9).map((message) => assembler.push(message));
  expect(first).toBeUndefined();
  const complete = rest.at(-1);
  const data = complete?.orders[0]?.absorb?.left?.data;
  if (!complete || !data) throw new Error('the message is not complete');
  data[limits.tensorPartBytes + 3] = (data[limits.tensorPartBytes + 3] ?? 0) ^ 0x80;
  expect(() => decodeOrders(complete)).toThrow('arrived damaged');
});

it.each([
  ['a length that is no number of floats', { byteLength: 6 }, 'no float32 numbers'],
  ['a length above the limit', { byteLength: latentBytesMax + 4 }, 'above the limit'],
  ['fewer bytes than announced', { byteLength: 400 }, 'announce 400 bytes and bring 20'],
])('refuses %s', (_name, wrong, text) => {
  const latents = { ...received(latentsOf(5)), ...wrong };
  expect(() => decodeLatents(latents)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  expect(() => decodeLatents(latents)).toThrow(text);
});

it('refuses a length above the limit before it allocates', () => {
  const left = { byteLength: latentBytesMax + 4, crc32: 0, data: Buffer.alloc(0), half: false };
  const [message] = announcedAndParts(5);
  if (message?.orders[0]?.absorb) message.orders[0].absorb.left = left;
  expect(() => message && assembleToWorker().push(message)).toThrow('above the limit');
});

it('refuses parts out of place', () => {
  const [message, one, two] = announcedAndParts(2 * part);
  if (!message || !one || !two) throw new Error('expected a message and two parts');
  expect(() => assembleToWorker().push(one)).toThrow('nothing announced');

  const interrupted = assembleToWorker();
  interrupted.push(message);
  interrupted.push(one);
  expect(() => interrupted.push(message)).toThrow('1048576 of 2097152 bytes');

  const empty = assembleToWorker();
  empty.push(announcedAndParts(2 * part)[0] ?? message);
  const nothing = { orders: [], latentPart: { data: Buffer.alloc(0) } };
  expect(() => empty.push(nothing)).toThrow('it is empty');
});

describe('half floats', () => {
  const absorbed = (size: number) => {
    const left = latentsOf(size);
    const messages = encodeOrders([{ kind: 'absorb', fence, left }], { half: true });
    const bytes = messages.map((message) => Data.responseSerialize(message));
    const assembler = assembleToWorker();
    const complete = bytes.flatMap((one) => assembler.push(Data.responseDeserialize(one)) ?? []);
    const [order] = complete.flatMap(decodeOrders);
    const got = order?.kind === 'absorb' ? order.left : undefined;
    return { left, got, length: bytes.reduce((sum, one) => sum + one.length, 0) };
  };

  it.each([8, part / 2 + 6, part])('carry %i numbers in half the bytes, to 11 bits', (size) => {
    const { left, got, length } = absorbed(size);
    expect(length).toBeLessThan(2 * size + 256);
    expect(got).toEqual(Float32Array.from(new Float16Array(left)));
    const near = left.every(
      (value, k) =>
        Math.abs(value - (got?.[k] ?? NaN)) <= Math.max(2 ** -11 * Math.abs(value), 1e-7),
    );
    expect(near).toBe(true);
  });

  it('leave an odd number of them as it is, and conditions too', () => {
    expect(absorbed(7).got).toEqual(latentsOf(7));
    const values = Float64Array.of(0.1, 0.2);
    const open = { ...spec, conditions: [{ name: 'class', values }] };
    const [message] = encodeOrders([{ kind: 'openJob', spec: open }], { half: true });
    expect(message?.orders?.[0]?.openJob?.tensors?.[0]?.data?.half).toBeFalsy();
  });
});
