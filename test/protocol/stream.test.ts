import { Writable } from 'node:stream';

import { expect, it } from 'vitest';

import { OrderedWriter } from '../../shared/protocol/stream.ts';

/** Takes one message at a time, when told to. */
function slowStream() {
  const taken: number[] = [];
  let take: (() => void) | undefined;
  const stream = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(message: number, _encoding, done) {
      taken.push(message);
      take = done;
    },
  });
  const next = async (): Promise<void> => {
    const done = take;
    take = undefined;
    done?.();
    await new Promise(setImmediate);
  };
  return { stream, taken, next };
}

it('keeps sequences together and waits where the stream is full', async () => {
  const { stream, taken, next } = slowStream();
  const writer = new OrderedWriter<number>(stream);
  const all = Promise.all([writer.write([1, 2, 3]), writer.write([4]), writer.write([5, 6])]);
  await new Promise(setImmediate);
  expect(taken).toEqual([1]);
  expect(stream.writableLength).toBe(1);
  expect(writer.waiting).toBe(3);
  for (let k = 0; k < 6; k++) await next();
  expect(await all).toEqual([true, true, true]);
  expect(taken).toEqual([1, 2, 3, 4, 5, 6]);
  expect(writer.waiting).toBe(0);
});

it('gives up without a rejection when the stream ends', async () => {
  const { stream } = slowStream();
  const writer = new OrderedWriter<number>(stream);
  const waiting = [writer.write([1, 2]), writer.write([3])];
  await new Promise(setImmediate);
  stream.destroy(new Error('the peer is gone'));
  expect(await Promise.all(waiting)).toEqual([false, false]);
  expect(await writer.write([4])).toBe(false);
});
