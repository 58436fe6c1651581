import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createPipelineCalls, type PipelineCalls } from '../../coordinator/shell/pipeline-calls.ts';
import {
  createWorkerRegistry,
  type WorkerSession,
} from '../../coordinator/shell/worker-session.ts';
import type { WorkerData__Output } from '../../proto/generated/isochron/v1/WorkerData.ts';

const model = { name: 'm', sha256: 'abc' };

/** Workers that note the numbers of the calls they get. */
function cluster(ids: readonly string[], shas: Readonly<Record<string, string>> = {}) {
  const workers = createWorkerRegistry();
  const asked: Record<string, number[]> = {};
  const leaving = new Set<string>();
  for (const id of ids) {
    const got: number[] = (asked[id] = []);
    const data = {
      write: ([message]: { orders: { decodeLatent?: { number: number } }[] }[]) => {
        got.push(message?.orders[0]?.decodeLatent?.number ?? -1);
        return Promise.resolve(true);
      },
    };
    const models = [{ ...model, sha256: shas[id] ?? model.sha256 }];
    workers.add({ id, name: id, models, data } as unknown as WorkerSession);
  }
  const calls = createPipelineCalls({ workers, takesWork: (id) => !leaving.has(id) });
  return { calls, asked, workers, leaving };
}

function picture(number: number, value: number): WorkerData__Output {
  const data = Buffer.from([value, value, value, 0]);
  const pixels = { byteLength: 4, crc32: crc32(data), data, half: false };
  const decodedPicture = { number, width: 1, height: 1, channels: 3, pixels };
  return { decodedPicture };
}

const failed = (number: number, code: string) =>
  ({ pipelineFailed: { number, code, message: 'it broke' } }) as unknown as WorkerData__Output;

const latent = Float32Array.of(1);
const prompts = { positive: ['a'], negative: undefined };
const pixels = { shape: [1, 1, 1], values: latent };

describe('calls of what is around a denoiser', () => {
  it('go to whoever has the fewest', async () => {
    const { calls, asked } = cluster(['a', 'b']);
    const both = [calls.decode(model, latent), calls.decode(model, latent)];
    expect([asked['a']?.length, asked['b']?.length]).toEqual([1, 1]);
    expect(calls.receive('b', picture(asked['b']?.[0] ?? 0, 2))).toBe(true);
    expect(calls.receive('a', picture(asked['a']?.[0] ?? 0, 1))).toBe(true);
    const found = await Promise.all(both);
    expect(found.map(({ data }) => data[0])).toEqual([1, 2]);
  });

  it('go on at another worker where the first one is lost', async () => {
    const { calls, asked, workers } = cluster(['a', 'b']);
    const made = calls.decode(model, latent);
    workers.remove('a');
    calls.lost('a');
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(asked['b']).toHaveLength(1);
    calls.receive('b', picture(asked['b']?.[0] ?? 0, 7));
    expect((await made).data[0]).toBe(7);
  });

  it('end where nobody is left', async () => {
    const { calls, workers } = cluster(['a']);
    const made = calls.decode(model, latent);
    workers.remove('a');
    calls.lost('a');
    await expect(made).rejects.toThrow(/found no worker that has m/);
  });

  it('do not go to workers that leave, or have another file of the name', async () => {
    const { calls, asked, leaving } = cluster(['a', 'b', 'c'], { b: 'other' });
    leaving.add('a');
    expect(calls.workersOf(model)).toBe(1);
    void calls.decode(model, latent).catch(() => undefined);
    expect([asked['a'], asked['b'], asked['c']?.length]).toEqual([[], [], 1]);
  });

  it('fail as the worker says, and not again elsewhere', async () => {
    const { calls, asked } = cluster(['a', 'b']);
    const made = calls.decode(model, latent);
    calls.receive('a', failed(asked['a']?.[0] ?? 0, 'MODEL_UNUSABLE'));
    await expect(made).rejects.toMatchObject({ code: 'MODEL_UNUSABLE', message: 'it broke' });
    expect(asked['b']).toEqual([]);
  });

  it('take an answer only from the worker that was asked, once', async () => {
    const { calls, asked } = cluster(['a', 'b']);
    const made = calls.decode(model, latent);
    const number = asked['a']?.[0] ?? 0;
    expect(calls.receive('b', picture(number, 9))).toBe(true);
    calls.receive('a', picture(number, 3));
    expect((await made).data[0]).toBe(3);
    expect(calls.receive('a', picture(number, 4))).toBe(true);
    expect(calls.receive('a', { decodedPicture: null })).toBe(false);
  });

  it.each([
    ['prompts', (calls: PipelineCalls) => calls.encode(model, prompts)],
    ['a picture', (calls: PipelineCalls) => calls.encodePicture(model, pixels)],
    ['a latent', (calls: PipelineCalls) => calls.decode(model, latent)],
  ])('say what a worker was asked that answers with something else: %s', async (asked, call) => {
    const { calls } = cluster(['a']);
    const made = call(calls);
    const tensors = { encodedTensors: { number: 1, tensors: [] } } as WorkerData__Output;
    calls.receive('a', asked === 'a latent' ? tensors : picture(1, 0));
    const message = `a worker answered ${asked} with something else`;
    await expect(made).rejects.toMatchObject({ code: 'INTERNAL', message });
  });
});
