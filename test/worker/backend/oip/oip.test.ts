import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Backend, ModelSlot } from '../../../../worker/backend/backend.ts';
import { discoverModels } from '../../../../worker/backend/manifest.ts';
import { parseOip } from '../../../../worker/backend/oip/address.ts';
import { oipBackend } from '../../../../worker/backend/oip/oip.ts';
import { goodManifest, modelsDir, type ModelsDir } from '../model-folder.ts';
import {
  certificateFile,
  startFakeServer,
  usualInputs,
  type FakeScript,
  type FakeServer,
} from './fake-server.ts';

const patience = { readyMs: 400, patienceMs: 400 };
let dir: ModelsDir;
const open: { close(): unknown }[] = [];

beforeEach(async () => {
  dir = await modelsDir();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await dir.remove();
});

async function fakeServer(script: Partial<FakeScript> = {}, tls = false): Promise<FakeServer> {
  const fake = await startFakeServer(script, { tls });
  open.push(fake);
  return fake;
}

async function backendOf(fake: FakeServer, options = '', manifest = {}): Promise<Backend> {
  await dir.add('tiny', { ...goodManifest, ...manifest });
  const { models } = await discoverModels(dir.path);
  const address = parseOip(`oip:${fake.address}/tiny${options}`);
  if (!address) throw new Error('no address');
  const backend = await oipBackend(models, address, patience);
  open.push(backend);
  return backend;
}

async function slotOf(fake: FakeServer, options = '', manifest = {}): Promise<ModelSlot> {
  return (await backendOf(fake, options, manifest)).slot('tiny');
}

function fill(slot: ModelSlot): void {
  for (const k of slot.states.keys()) slot.states[k] = k;
  for (const k of slot.timesteps.keys()) slot.timesteps[k] = 100 * k;
  slot.conditions.get('class')?.set([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] as never);
}

/** sample + 2 timestep + label. */
const computed = (k: number) => k + 200 * Math.floor(k / 16) + 1 + Math.floor(k / 16);

async function expectRows(slot: ModelSlot, rows: number): Promise<void> {
  fill(slot);
  slot.outputs.fill(NaN);
  await slot.run(rows);
  const wanted = Array.from({ length: 16 * rows }, (_, k) => computed(k));
  expect(Array.from(slot.outputs.subarray(0, 16 * rows))).toEqual(wanted);
  expect(slot.outputs.subarray(16 * rows).every(Number.isNaN)).toBe(true);
}

describe('a denoiser on a model server', () => {
  it('gets the rows of a batch in one request, and no other bytes', async () => {
    const fake = await fakeServer();
    const slot = await slotOf(fake);
    await expectRows(slot, 3);
    expect(fake.calls).toHaveLength(1);
    const [call] = fake.calls;
    expect(call).toMatchObject({ modelName: 'tiny', outputs: [{ name: 'epsilon' }] });
    expect(call?.inputs).toMatchObject([
      { name: 'sample', datatype: 'FP32', shape: [3, 1, 4, 4] },
      { name: 'timestep', datatype: 'FP32', shape: [3] },
      { name: 'class_label', datatype: 'INT64', shape: [3] },
    ]);
    expect(call?.rawInputContents.map(({ length }) => length)).toEqual([192, 12, 24]);
  });

  it('or in several side by side, at most so many', async () => {
    const fake = await fakeServer({ delayMs: 20 });
    const slot = await slotOf(fake, '?calls=3');
    await expectRows(slot, 8);
    expect(fake.calls.map(({ inputs }) => inputs[0]?.shape[0]).sort()).toEqual([2, 3, 3]);
    expect(fake.most).toBe(3);
    await expectRows(slot, 2);
    expect(fake.calls).toHaveLength(5);
  });

  it.each([
    ['half floats', { datatype: 'FP16' }, {}],
    ['a number per row as [rows, 1]', {}, { shape: [-1, 1] }],
    ['whole timesteps', {}, { datatype: 'INT64' }],
    ['whole timesteps of 32 bits', {}, { datatype: 'INT32' }],
  ])('takes %s as the server does', async (_what, sample, timestep) => {
    const inputs = usualInputs.map((input) => {
      if (input.name === 'sample') return { ...input, ...sample };
      return input.name === 'timestep' ? { ...input, ...timestep } : input;
    });
    const fake = await fakeServer({ inputs });
    await expectRows(await slotOf(fake), 2);
    const said = fake.calls[0]?.inputs ?? [];
    expect(said[0]).toMatchObject(sample);
    expect(said[1]?.shape).toEqual('shape' in timestep ? [2, 1] : [2]);
  });

  it('gives times in the unit of the graph', async () => {
    const fake = await fakeServer();
    const inputs = { ...goodManifest.inputs, timestepScale: 0.25 };
    const slot = await slotOf(fake, '', { inputs });
    slot.timesteps[0] = 100;
    await slot.run(1);
    const [, time] = fake.calls[0]?.rawInputContents ?? [];
    expect(time?.readFloatLE()).toBe(25);
  });

  it('refuses half a timestep for a server that takes whole ones', async () => {
    const inputs = usualInputs.map((input) => ({
      ...input,
      datatype: input.name === 'timestep' ? 'INT64' : input.datatype,
    }));
    const slot = await slotOf(await fakeServer({ inputs }));
    slot.timesteps[0] = 0.5;
    await expect(slot.run(1)).rejects.toThrow(/timestep: found 0.5, expected a whole number/);
  });

  it('reads numbers that come as numbers, and half floats', async () => {
    const typed = await fakeServer({
      answer: (values, rows) => ({
        outputs: [
          {
            name: 'epsilon',
            datatype: 'FP32',
            shape: [rows, 1, 4, 4],
            contents: { fp32Contents: Array.from(values) },
          },
        ],
      }),
    });
    await expectRows(await slotOf(typed), 2);
    await dir.remove();
    dir = await modelsDir();
    const half = await fakeServer({
      answer: (values, rows) => ({
        outputs: [{ name: 'epsilon', datatype: 'FP16', shape: [rows, 1, 4, 4] }],
        rawOutputContents: [Buffer.from(Float16Array.from(values).buffer)],
      }),
    });
    await expectRows(await slotOf(half), 2);
  });

  it('believes the manifest where the server says nothing of its model', async () => {
    await expectRows(await slotOf(await fakeServer({ inputs: [], outputs: [] })), 2);
  });

  it('has the name, the file and the conditions of its folder, and smaller batches', async () => {
    const backend = await backendOf(await fakeServer(), '?batch=4');
    expect(backend).toMatchObject({ kind: 'oip', models: [{ name: 'tiny', backend: 'oip' }] });
    expect(backend.models[0]).toMatchObject({ maxBatch: 4, guidance: 2 });
    const slot = await backend.slot('tiny');
    expect(slot.maxBatch).toBe(4);
    await expect(slot.run(5)).rejects.toThrow(/takes 1 to 4 rows/);
    await expect(backend.slot('other')).rejects.toThrow(/no model "other"/);
  });
});

describe('a model that does not fit', () => {
  const renamed = (name: string, change: object) =>
    usualInputs.map((input) => (input.name === name ? { ...input, ...change } : input));
  it.each([
    ['another name', renamed('sample', { name: 'x' }), /expected an input 'sample' for the sample/],
    [
      'another size',
      renamed('sample', { shape: [-1, 3, 4, 4] }),
      /'sample' of shape \[, 3, 4, 4\]/,
    ],
    ['another type', renamed('timestep', { datatype: 'BF16' }), /'timestep' of type BF16/],
    [
      'one more input',
      [...usualInputs, { name: 'mask', datatype: 'FP32', shape: [-1] }],
      /'mask' .*which nothing feeds/,
    ],
  ])('by %s is refused before anything is sampled', async (_what, inputs, message) => {
    const failed = slotOf(await fakeServer({ inputs }));
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toThrow(/oip:127\.0\.0\.1:\d+\/tiny/);
  });

  it.each([
    [{ outputs: [{ name: 'other', datatype: 'FP32', shape: [1] }] }, /the outputs other/],
    [
      {
        outputs: [{ name: 'epsilon', datatype: 'FP32', shape: [1, 2] }],
        rawOutputContents: [Buffer.alloc(8)],
      },
      /'epsilon' of shape \[1, 2\] with 2 values, expected 16 values/,
    ],
    [
      {
        outputs: [{ name: 'epsilon', datatype: 'INT8', shape: [16] }],
        rawOutputContents: [Buffer.alloc(16)],
      },
      /an output of type INT8, expected FP32 or FP16/,
    ],
  ])('nor does an answer of case %#', async (answer, message) => {
    const slot = await slotOf(await fakeServer({ answer: () => answer }));
    await expect(slot.run(1)).rejects.toThrow(message);
  });

  it('needs a folder here that says what it is', async () => {
    const fake = await fakeServer();
    const { models } = await discoverModels(dir.path);
    const address = parseOip(`oip:${fake.address}/tiny?model=mine`);
    if (!address) throw new Error('no address');
    await expect(oipBackend(models, address)).rejects.toThrow(/found model mine.*: none/);
  });
});

describe('a server in trouble', () => {
  const { UNAVAILABLE, RESOURCE_EXHAUSTED, CANCELLED, DEADLINE_EXCEEDED } = status;

  it.each([UNAVAILABLE, RESOURCE_EXHAUSTED, CANCELLED, DEADLINE_EXCEEDED])(
    'is asked again after code %d',
    async (code) => {
      const fake = await fakeServer({ failures: [{ code }, { code }] });
      await expectRows(await slotOf(fake), 1);
      expect(fake.calls).toHaveLength(3);
    },
  );

  it('is given up after a while, for another worker to go on', async () => {
    const failures = Array.from({ length: 100 }, () => ({ code: UNAVAILABLE }));
    const slot = await slotOf(await fakeServer({ failures }));
    await expect(slot.run(1)).rejects.toMatchObject({ code: 'UNREACHABLE', retriable: true });
  });

  it('is not asked for ever what it refuses', async () => {
    const code = status.INVALID_ARGUMENT;
    const fake = await fakeServer({ failures: Array.from({ length: 9 }, () => ({ code })) });
    const slot = await slotOf(fake);
    await expect(slot.run(1)).rejects.toMatchObject({ code: 'MODEL_UNUSABLE', retriable: false });
    expect(fake.calls).toHaveLength(2);
  });

  it('is waited for where it refuses a model that it has not loaded again yet', async () => {
    const code = status.NOT_FOUND;
    const fake = await fakeServer({ failures: [{ code }, { code }, { code }] });
    const slot = await slotOf(fake);
    fake.script.ready = false;
    setTimeout(() => (fake.script.ready = true), 120);
    await expectRows(slot, 1);
  });

  it('is told at once that a message is too large for it', async () => {
    const details = 'Received message larger than max (5000000 vs. 4194304)';
    const failures = [1, 2, 3].map(() => ({ code: RESOURCE_EXHAUSTED, details }));
    const slot = await slotOf(await fakeServer({ failures }));
    await expect(slot.run(1)).rejects.toThrow(/larger than max.*smaller batches \(batch=N\)/);
  });

  it('answers too late, and again in time', async () => {
    const fake = await fakeServer({ delayMs: 150 });
    const slot = await slotOf(fake, '?deadline=80');
    setTimeout(() => (fake.script.delayMs = 0), 100);
    await expectRows(slot, 1);
    expect(fake.calls.length).toBeGreaterThan(1);
  });

  it('must have loaded the model', async () => {
    const fake = await fakeServer({ ready: false });
    await expect(slotOf(fake)).rejects.toThrow(/no model that is ready after 0 s \(it says that/);
    fake.close();
    await dir.remove();
    dir = await modelsDir();
    await expect(slotOf(fake)).rejects.toThrow(/no model that is ready/);
  });

  it('shows progress while it is waited for', async () => {
    const fake = await fakeServer({ delayMs: 60 });
    const backend = await backendOf(fake);
    const slot = await backend.slot('tiny');
    expect(backend.lastProgressMs()).toBe(0);
    const running = slot.run(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(backend.lastProgressMs()).toBeGreaterThan(10);
    await running;
    expect(backend.lastProgressMs()).toBe(0);
  });
});

describe('who may ask', () => {
  it('says so with headers from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'isochron-headers-'));
    const file = join(folder, 'headers');
    await writeFile(file, 'Authorization: Bearer abc\n\nx-team: a b\n');
    const fake = await fakeServer();
    await slotOf(fake, `?headers=${file}`);
    expect(fake.headers[0]?.get('authorization')).toEqual(['Bearer abc']);
    expect(fake.headers[0]?.get('x-team')).toEqual(['a b']);
    await writeFile(file, 'secret without a name\n');
    await dir.remove();
    dir = await modelsDir();
    const failed = slotOf(fake, `?headers=${file}`);
    await expect(failed).rejects.toThrow(/a line that is no header/);
    await expect(failed).rejects.not.toThrow(/secret/);
  });

  it('talks TLS to a server whose authority is known', async () => {
    const fake = await fakeServer({}, true);
    const authority = fileURLToPath(certificateFile);
    await expectRows(await slotOf(fake, `?tls=yes&ca=${authority}`), 1);
    await dir.remove();
    dir = await modelsDir();
    await expect(slotOf(fake, '?tls=yes')).rejects.toThrow(/no model that is ready/);
  });
});
