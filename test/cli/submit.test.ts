import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { writeResult } from '../../cli/job/result-folder.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { decodeNpy } from '../../shared/protocol/npy.ts';
import { discoverModel } from '../../worker/backend/manifest.ts';
import { pipelineFolder } from '../worker/backend/diffusers/pipeline-folder.ts';
import { jobId, jobStatus, report, resultChunks, sampleValues } from './fake-coordinator.ts';
import type { FakeCoordinator } from './fake-coordinator.ts';
import { certifiedResult, madeCertificate } from './job/certified-result.ts';
import { fakeCoordinator, run, temporaryFolder } from './support.ts';

function argv(fake: FakeCoordinator, ...more: string[]): string[] {
  const job = ['--model', 'fashion', '--solver', 'ddim', '--steps', '4', '--samples', '2'];
  return ['submit', ...job, '--coordinator', fake.address, ...more];
}

const count = z.int().min(0);
const ms = z.number().min(0);

/** The contract of `submit --json` and result.json: exactly these fields. */
const resultSchema = z.strictObject({
  job: z.string().min(1),
  model: z.string().min(1),
  modelSha256: z.string().regex(/^[0-9a-f]{64}$/),
  method: z.string().min(1),
  solver: z.enum(['ddim', 'ddpm']),
  steps: count,
  rows: count,
  samples: count,
  seed: count,
  guidance: z.number(),
  tolerance: z.number(),
  stop: z.string().min(1),
  window: count,
  blocks: count,
  workers: count,
  outcome: z.string().min(1),
  converged: z.boolean(),
  rounds: count,
  staleRounds: count,
  modelCalls: count,
  forwardPasses: count,
  sequentialCalls: count,
  wallMs: ms,
  timeMs: z.strictObject({ model: ms, queue: ms, network: ms, coordinator: ms, scan: ms }),
  bytes: z.strictObject({ toWorkers: count, fromWorkers: count }),
  residualMax: z.number(),
  errorEstimate: z.number(),
  emulated: z.boolean(),
  idealMs: z.number(),
  resumedFrom: z.number(),
  spotChecks: z.strictObject({ made: count, dropped: count, startedOver: count }),
  hostLateMs: z.number(),
  wire: z.string(),
  sequential: z
    .strictObject({ wallMs: ms, rmsError: z.number(), maxAbsError: z.number() })
    .nullable(),
  speedup: z.number().nullable(),
  certificate: z
    .strictObject({
      passed: z.boolean(),
      reason: z.string(),
      residualMax: z.number(),
      residualRow: count,
      residualSample: count,
      increment: z.number(),
      modelCalls: count,
      forwardPasses: count,
      wallMs: ms,
      files: z.array(z.string()),
    })
    .nullable(),
  plan: z.strictObject({
    method: z.string().min(1),
    window: count,
    blocks: count,
    groups: count,
    workers: count,
    predictedMs: ms.nullable(),
    predictedSequentialMs: ms,
    mode: z.enum(['latency', 'throughput', 'named']),
    reason: z.string().min(1),
  }),
  samplesFile: z.literal('samples.npy').nullable(),
  images: z.array(z.string()),
});

describe('submit', () => {
  it('sends what the command line says', async () => {
    const fake = await fakeCoordinator();
    const more = [
      ...['--eta', '0.5', '--seed', '7', '--method', 'parataa', '--window', '3', '--blocks', '2'],
      ...['--tolerance', '0', '--input', 'class=ankle boot,0', '--guidance', '1.5'],
      ...['--compare-sequential', '--max-rounds', '9', '--initialization', 'constant'],
      ...['--every-row', '--max-lag', '2', '--memory', '2', '--spacing', 'trailing', '--json'],
    ];
    expect((await run(argv(fake, ...more))).code).toBe(0);
    expect(fake.submitted[0]).toMatchObject({
      model: 'fashion',
      solver: 'ddim',
      steps: 4,
      eta: 0.5,
      samples: 2,
      seed: 7,
      method: 'parataa',
      window: 3,
      blocks: 2,
      tolerance: 0,
      inputs: [{ name: 'class', dtype: 'int64', shape: [2] }],
      guidance: 1.5,
      compareSequential: true,
      ...{ roundsMax: 9, maxLag: 2, everyRow: true },
      initialization: 'constant',
      memory: 2,
      spacing: 'trailing',
    });
  });

  it('leaves numbers that make no sense to the coordinator', async () => {
    const submitError = new SamplerError('INVALID_REQUEST', 'seed: found -1, expected 0 or more');
    const fake = await fakeCoordinator({ submitError });
    const { code, stderr } = await run(argv(fake, '--seed', '-1'));
    expect(fake.submitted[0]?.seed).toBe(-1);
    expect(code).toBe(2);
    expect(stderr).toBe('isochron: seed: found -1, expected 0 or more\n');
  });

  it('prints JSON lines when nobody looks, the result last', async () => {
    const states = ['QUEUED', 'RUNNING', 'DONE'] as const;
    const events = states.map((state) => jobStatus({ state, rounds: 1, residual: 0.5 }));
    const fake = await fakeCoordinator({ events, waitingFor: 'no worker has model fashion' });
    const { code, lines, stderr } = await run(argv(fake));
    expect(code).toBe(0);
    const [submitted, waiting, ...rest] = lines();
    expect(submitted).toEqual({ event: 'submitted', job: jobId });
    const reason = 'no worker has model fashion; start one with `isochron worker`';
    expect(waiting).toEqual({ event: 'waiting', reason });
    expect(stderr).toBe(`isochron: waiting: ${reason}\n`);
    expect(rest.slice(0, -1)).toMatchObject(
      ['queued', 'running', 'done'].map((state) => ({ event: 'progress', state, residual: 0.5 })),
    );
    const { event, ...document } = rest.at(-1) ?? {};
    expect(event).toBe('result');
    expect(() => resultSchema.parse(document)).not.toThrow();
  });

  it('prints exactly one document with --json', async () => {
    const baseline = { wallMs: 100, rmsError: 0.001, maxAbsError: 0.004 };
    const fake = await fakeCoordinator({ chunks: resultChunks({ sequential: baseline }) });
    const { code, stdout, stderr } = await run(argv(fake, '--json'), { interactive: true });
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.trimEnd()).not.toContain('\n');
    const document = resultSchema.parse(JSON.parse(stdout));
    expect(document).toMatchObject({
      job: jobId,
      modelSha256: report.modelSha256,
      bytes: { toWorkers: 100, fromWorkers: 200 },
      converged: true,
      sequential: baseline,
      speedup: 2,
      samplesFile: null,
      images: [],
    });
  });

  it('tells a person what came out', async () => {
    const fake = await fakeCoordinator();
    const { stdout, stderr } = await run(argv(fake), { interactive: true });
    expect(stderr).toBe('');
    expect(stdout).toContain(`${jobId} converged: 2 samples of fashion`);
    expect(stdout).toContain('secant, ddim 4 steps, window 4, 2 blocks on 2 workers');
  });

  it('prints the id and leaves with --detach', async () => {
    const fake = await fakeCoordinator({ waitingFor: 'its turn' });
    const { code, lines } = await run(argv(fake, '--detach', '--json'));
    expect(code).toBe(0);
    expect(lines()).toEqual([{ job: jobId, waitingFor: 'its turn' }]);
    expect(fake.watches).toBe(0);
  });
});

describe('submit --out', () => {
  it('writes the samples, the figures, the pictures and the trace', async () => {
    const fake = await fakeCoordinator();
    const out = join(temporaryFolder(), 'a', 'b');
    const { code } = await run(argv(fake, '--out', out, '--json'));
    expect(code).toBe(0);
    const document = resultSchema.parse(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')));
    expect(document.images).toEqual(['samples.png', 'convergence.png']);
    expect(readdirSync(out).sort()).toEqual(
      ['result.json', 'samples.npy', 'trace.csv', ...document.images].sort(),
    );
    const samples = decodeNpy(Uint8Array.from(readFileSync(join(out, 'samples.npy'))));
    expect(samples).toEqual({ dtype: 'float32', shape: [2, 1, 2, 2], data: sampleValues });
    expect(readFileSync(join(out, 'trace.csv'), 'utf8').split('\n')).toEqual([
      'round,row,residual',
      '1,0,0',
      expect.stringMatching(/^1,1,\d\.\d\de-\d$/),
      expect.stringMatching(/^1,2,/),
      expect.stringMatching(/^1,3,/),
      expect.stringMatching(/^2,1,/),
      expect.stringMatching(/^2,2,/),
      expect.stringMatching(/^2,3,/),
      '',
    ]);
  });

  it('writes no pictures with --no-images, nor of what is no picture', async () => {
    const fake = await fakeCoordinator();
    const out = temporaryFolder();
    await run(argv(fake, '--out', out, '--no-images'));
    expect(readdirSync(out).sort()).toEqual(['result.json', 'samples.npy', 'trace.csv']);
    fake.script = { chunks: resultChunks({ sampleShape: [4] }) };
    const other = temporaryFolder();
    await run(argv(fake, '--out', other));
    expect(existsSync(join(other, 'samples.png'))).toBe(false);
  });

  it.each([
    ['below a file', (folder: string) => join(folder, 'file', 'out')],
    // Where Node's own recursive mkdir never returns.
    ['in /proc', () => '/proc/isochron'],
  ])('that cannot be written, %s, is said before anything is submitted', async (_what, path) => {
    const fake = await fakeCoordinator();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const out = path(folder);
    const { code, stderr } = await run(argv(fake, '--out', out));
    expect(code).toBe(2);
    expect(stderr).toContain(`--out: cannot write into ${out}`);
    expect(fake.submitted).toEqual([]);
  });

  it('leaves no probe behind', async () => {
    const fake = await fakeCoordinator({ submitError: new SamplerError('STORE_FULL', 'full') });
    const out = temporaryFolder();
    expect((await run(argv(fake, '--out', out))).code).toBe(3);
    expect(readdirSync(out)).toEqual([]);
    expect(statSync(out).isDirectory()).toBe(true);
  });
});

describe('submit --certify', () => {
  const certified = (certificate: object = {}) =>
    resultChunks({ certificate: { ...madeCertificate, ...certificate } });

  it('asks for it, and reports what came out', async () => {
    const fake = await fakeCoordinator({ chunks: certified() });
    const { code, stdout } = await run(argv(fake, '--certify', '--json'));
    expect(code).toBe(0);
    expect(fake.submitted[0]).toMatchObject({ certify: true });
    const { certificate } = resultSchema.parse(JSON.parse(stdout));
    expect(certificate).toMatchObject({ passed: true, residualMax: 0.002, files: [] });
    const person = await run(argv(fake, '--certify'), { interactive: true });
    expect(person.stdout).toContain('every row is consistent to 0.01: largest residual 2.0e-3');
  });

  it('ends with 5 where it does not hold, and still has a result', async () => {
    const reason = 'not certified: rows 51 to 100 were not handed over: their worker was lost';
    const fake = await fakeCoordinator({ chunks: certified({ passed: false, reason }) });
    const { code, stdout, stderr } = await run(argv(fake, '--certify', '--json'));
    expect(code).toBe(5);
    expect(stderr).toBe(`isochron: job ${jobId}: ${reason}\n`);
    expect(JSON.parse(stdout)).toMatchObject({ converged: true, certificate: { reason } });
  });
});

describe('submit --init-from', () => {
  it('sends the trajectory of the folder and the job it is from', async () => {
    const fake = await fakeCoordinator();
    const folder = temporaryFolder();
    await writeResult(folder, certifiedResult(), { images: false });
    const { code } = await run(argv(fake, '--seed', '9', '--init-from', folder, '--json'));
    expect(code).toBe(0);
    expect(fake.submitted).toEqual([]);
    const [head, ...parts] = fake.uploaded;
    expect(head?.head).toMatchObject({ verify: false, request: { seed: 9 }, source: { seed: 7 } });
    expect(parts.reduce((sum, { states }) => sum + (states?.length ?? 0), 0)).toBe(4 * 5 * 8);
  });

  it('says what is wrong with the folder before anything is sent', async () => {
    const fake = await fakeCoordinator();
    const { code, stderr } = await run(argv(fake, '--init-from', temporaryFolder()));
    expect(code).toBe(2);
    expect(stderr).toContain('has no certificate that can be read');
    expect(fake.uploaded).toEqual([]);
  });
});

describe('a job that does not end well', () => {
  it.each([
    ['FAILED', 'NON_FINITE', 3, `job ${jobId} failed: NaN at step 3`],
    ['FAILED', 'INVALID_REQUEST', 2, `job ${jobId} failed: NaN at step 3`],
    ['CANCELLED', '', 3, `job ${jobId} was cancelled`],
  ] as const)('%s %s ends with %i', async (state, errorCode, code, message) => {
    const events = [jobStatus({ state, errorCode, message: 'NaN at step 3' })];
    const fake = await fakeCoordinator({ events });
    const found = await run(argv(fake));
    expect(found.code).toBe(code);
    expect(found.stderr).toBe(`isochron: ${message}\n`);
    expect(found.lines().at(-1)).toMatchObject({ event: 'error', message });
    const json = await run(argv(fake, '--json'));
    expect(json.lines()).toMatchObject([{ error: { message } }]);
  });

  it('without converging ends with 3 and still has a result', async () => {
    const chunks = resultChunks({ outcome: 'roundsExhausted' });
    const fake = await fakeCoordinator({ chunks });
    const { code, stdout, stderr } = await run(argv(fake, '--json'));
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ converged: false, outcome: 'roundsExhausted' });
    expect(stderr).toBe(`isochron: job ${jobId} ended without converging: roundsExhausted\n`);
  });
});

describe('prompts and pictures', () => {
  it('sends every text as it was typed', async () => {
    const fake = await fakeCoordinator({ chunks: resultChunks() });
    const texts = ['--prompt', 'a red square', '--prompt', '', '--negative-prompt', 'blue, '];
    expect((await run(argv(fake, ...texts, '--json'))).code).toBe(0);
    expect(fake.submitted[0]).toMatchObject({
      prompts: ['a red square', ''],
      negativePrompts: ['blue, '],
      inputs: [],
    });
  });

  it('writes a PNG for each picture, and no grid of latents', async () => {
    const pixels = Buffer.from([255, 0, 0, 0, 255, 0]);
    const size = { width: 2, height: 1, channels: 3 };
    const pieces = [0, 1].flatMap((sample) => [
      { picture: { sample } },
      { picture: { sample, ...size, pixels: pixels.subarray(0, 4) } },
      { picture: { sample, ...size, pixels: pixels.subarray(4) } },
    ]);
    const [head, ...rest] = resultChunks();
    const latents = { report: { ...head?.report, latents: true } };
    const fake = await fakeCoordinator({ chunks: [latents, ...rest, ...pieces] });
    const folder = temporaryFolder();
    const { code } = await run(argv(fake, '--out', folder, '--json'));
    expect(code).toBe(0);
    const names = readdirSync(folder).filter((name) => name.endsWith('.png'));
    expect(names.sort()).toEqual(['convergence.png', 'picture-0.png', 'picture-1.png']);
    const png = decode(readFileSync(join(folder, 'picture-1.png')));
    expect({ ...png, data: Array.from(png.data) }).toMatchObject({ ...size, data: [...pixels] });
  });

  it('says why there are no pictures, and is done all the same', async () => {
    const [head, ...rest] = resultChunks();
    const latents = { report: { ...head?.report, latents: true } };
    const none = { noPictures: 'found no worker' };
    const fake = await fakeCoordinator({ chunks: [latents, ...rest, none] });
    const folder = temporaryFolder();
    const { code, stderr } = await run(argv(fake, '--out', folder, '--json'));
    expect(code).toBe(0);
    expect(stderr).toContain(`no pictures: found no worker; make them later: isochron result`);
    expect(existsSync(join(folder, 'samples.npy'))).toBe(true);
  });
});

describe('--model with the path of a folder', () => {
  const offered = (sha256: string) => ({
    name: 'tiny',
    sha256,
    schedule: 'linear',
    trainSteps: 1000,
  });
  const withModel = (fake: FakeCoordinator, folder: string) => {
    const [command = '', , , ...more] = argv(fake);
    return [command, '--model', folder, ...more, '--json'];
  };

  it('is the model that workers have from it', async () => {
    const folder = await pipelineFolder();
    const { sha256 } = await discoverModel(folder);
    const fake = await fakeCoordinator({ models: [offered(sha256)], chunks: resultChunks() });
    expect((await run(withModel(fake, folder))).code).toBe(0);
    expect(fake.submitted[0]?.model).toBe('tiny');
  });

  it('is refused where nobody has it, or another file under its name', async () => {
    const folder = await pipelineFolder();
    const none = await run(withModel(await fakeCoordinator({ models: [] }), folder));
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/none has tiny: start one: isochron up --models/);
    const fake = await fakeCoordinator({ models: [offered('0'.repeat(64))] });
    const other = await run(withModel(fake, folder));
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/whose file is another one .* than that of the cluster's tiny/);
    expect(fake.submitted).toEqual([]);
  });
});
