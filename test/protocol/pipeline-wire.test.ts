import { describe, expect, it } from 'vitest';
import type { CoordinatorData__Output } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { WorkerData__Output } from '../../proto/generated/isochron/v1/WorkerData.ts';
import { assembleFromBlock } from '../../shared/protocol/block-wire.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { assembleToWorker, ordersOf } from '../../shared/protocol/orders.ts';
import * as wire from '../../shared/protocol/pipeline-wire.ts';

const { Data } = loadPackage().Fleet.service;

function toWorker(messages: Parameters<typeof Data.responseSerialize>[0][]) {
  const assembler = assembleToWorker();
  const sent = messages.map((message) => Data.responseDeserialize(Data.responseSerialize(message)));
  const [complete] = sent.flatMap((one: CoordinatorData__Output) => assembler.push(one) ?? []);
  if (!complete) throw new Error('nothing arrived whole');
  return ordersOf(complete)[0];
}

function fromWorker(messages: Parameters<typeof Data.requestSerialize>[0][]): WorkerData__Output {
  const assembler = assembleFromBlock();
  const sent = messages.map((message) => Data.requestDeserialize(Data.requestSerialize(message)));
  const [complete] = sent.flatMap((one: WorkerData__Output) => assembler.push(one) ?? []);
  if (!complete) throw new Error('nothing arrived whole');
  return complete;
}

const numbers = (length: number) => Float32Array.from({ length }, (_, k) => k / 7);

describe('orders for what is around a denoiser', () => {
  it.each([
    { positive: ['a', 'ü'], negative: undefined },
    { positive: ['a'], negative: [null] },
    { positive: ['a'], negative: [''] },
    { positive: ['a', 'b'], negative: ['c', 'd'] },
  ])('prompts keep what is absent and what is empty: %j', (prompts) => {
    const order = toWorker(wire.encodePromptsOrder(7, 'm', prompts))?.encodePrompts;
    expect(order).toMatchObject({ number: 7, model: 'm' });
    expect(order && wire.decodePromptsOrder(order)).toEqual(prompts);
  });

  it.each([5, 400_000])('a latent of %d numbers arrives, in parts where it is large', (size) => {
    const messages = wire.encodeLatentOrder(8, 'm', numbers(size));
    expect(messages.length > 1).toBe(size > 300_000);
    const order = toWorker(messages)?.decodeLatent;
    expect(order && wire.decodeLatentOrder(order)).toEqual(numbers(size));
  });
});

describe('answers', () => {
  it('conditions of several megabytes keep their order', () => {
    const conditions = [
      { name: 'words', shape: [2, 200_000], data: numbers(400_000) },
      { name: 'words.unconditional', shape: [3], data: numbers(3) },
    ];
    const { encodedTensors } = fromWorker(wire.encodeConditions(9, conditions));
    expect(encodedTensors && wire.decodeConditions(encodedTensors)).toEqual(conditions);
  });

  it('a picture whose bytes are no multiple of four comes as it was', () => {
    const data = Uint8Array.from({ length: 3 * 5 * 3 }, (_, k) => 5 * k);
    const picture = { width: 3, height: 5, channels: 3, data };
    const { decodedPicture } = fromWorker(wire.encodePicture(10, picture));
    const found = decodedPicture && wire.decodePicture(decodedPicture);
    expect({ ...found, data: Uint8Array.from(found?.data ?? []) }).toEqual(picture);
  });

  it('a failure keeps its code', () => {
    const error = new SamplerError('MODEL_UNUSABLE', 'no such file');
    const { pipelineFailed } = fromWorker(wire.encodeFailure(11, error));
    const found = pipelineFailed && wire.decodeFailure(pipelineFailed);
    expect(found).toMatchObject({ code: 'MODEL_UNUSABLE', message: 'no such file' });
  });

  it.each([
    ['conditions', () => ({ tensors: [{ name: 'a', shape: [4], data: sent(3) }], number: 1 })],
  ])('%s of another size than they say are refused', (_what, message) => {
    expect(() => wire.decodeConditions(message())).toThrow(/shape \[4\] has 3 values/);
  });

  it('so is a picture without its pixels', () => {
    const claimed = { number: 1, width: 9, height: 9, channels: 3, pixels: sent(1) };
    expect(() => wire.decodePicture(claimed)).toThrow(/9 x 9 x 3 has 4 bytes/);
  });
});

function sent(length: number) {
  const [message] = wire.encodeConditions(1, [
    { name: 'a', shape: [length], data: numbers(length) },
  ]);
  const data = message && fromWorker([message]).encodedTensors?.tensors[0]?.data;
  if (!data) throw new Error('no data');
  return data;
}
