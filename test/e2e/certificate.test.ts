import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobResult, SubmitRequest } from '../../cli/client.ts';
import { writeArray } from '../../cli/job/array-file.ts';
import {
  certifiedFiles,
  parseCertificate,
  type CertificateDocument,
} from '../../cli/job/certificate-document.ts';
import { readCertificate, readSamples, readTrajectory } from '../../cli/job/certified-folder.ts';
import { writeResult } from '../../cli/job/result-folder.ts';
import { run, temporaryFolder } from '../cli/support.ts';
import { killed, realCluster, until, type RealCluster } from '../support/real-cluster.ts';
import { changeBy } from '../support/change.ts';

const base: SubmitRequest = {
  model: 'mixture6',
  solver: 'ddpm',
  steps: 60,
  seed: 11,
  samples: 2,
  method: 'secant',
  inputs: [{ name: 'class', dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 4n) }],
};

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.addWorkers(1);
});

afterAll(() => cluster.close());

async function runCertified(request: SubmitRequest): Promise<JobResult> {
  const { job } = await cluster.client.submit({ ...request, certify: true });
  for await (const { status } of cluster.client.watch(job)) {
    if (status.state === 'failed') throw new Error(status.message);
  }
  return cluster.client.result(job, { trajectory: true });
}

async function certifiedFolder(request: SubmitRequest = base): Promise<string> {
  const folder = temporaryFolder();
  await writeResult(folder, await runCertified(request), { images: false });
  return folder;
}

async function verify(folder: string, ...more: string[]) {
  const coordinator = `127.0.0.1:${cluster.ports.client}`;
  const found = await run(['verify', folder, '--coordinator', coordinator, '--json', ...more]);
  return { ...found, document: found.lines()[0] };
}

/** A forger changes one element of the trajectory, and whatever else would give it away. */
async function forge(folder: string, row: number, element: number): Promise<string> {
  const forged = temporaryFolder();
  cpSync(folder, forged, { recursive: true });
  const document = await readCertificate(forged);
  const { steps, samples: count, sampleShape } = document;
  const states = (await readTrajectory(forged, document)).data;
  const size = states.length / (steps + 1);
  changeBy(states, row * size + element, 1e-3);
  const shape = [count, ...sampleShape];
  const path = (name: string): string => join(forged, name);
  const trajectory = await writeArray(path(certifiedFiles.trajectory), states, [
    steps + 1,
    ...shape,
  ]);
  const samples = await writeArray(path(certifiedFiles.samples), states.slice(-size), shape);
  const files: CertificateDocument['files'] = { ...document.files, trajectory, samples };
  writeFileSync(path(certifiedFiles.certificate), JSON.stringify({ ...document, files }));
  return forged;
}

const methods = ['sequential', 'secant', 'parataa', 'parareal', 'picard'] as const;

describe.each([1, 2, 3])('with %i worker processes', (count) => {
  beforeAll(async () => {
    const now = (await cluster.client.workers()).filter(({ state }) => state === 'ready').length;
    if (now < count) await cluster.addWorkers(count - now);
  });

  it.each(methods)('a job of %s is certified, and its certificate holds', async (method) => {
    const blocks = count === 1 ? undefined : 4;
    const folder = await certifiedFolder({ ...base, method, blocks });
    const document = await readCertificate(folder);
    expect(document).toMatchObject({ passed: true, modelCalls: 120, solver: 'ddpm', eta: 1 });
    if (method === 'sequential') expect(document.residualMax).toBe(0);
    for (const cut of ['1', '3', '7']) {
      const { code, document: found, stderr } = await verify(folder, '--blocks', cut);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      // a block that a slow worker hands over may be cut on the way
      const blocks = expect.toSatisfy((count: number) => count >= Number(cut)) as unknown;
      expect(found).toMatchObject({ passed: true, recomputed: { blocks } });
    }
  });
});

describe('a result that was changed', () => {
  it('does not hold, whatever was changed with it', async () => {
    const folder = await certifiedFolder();
    expect((await verify(folder)).code).toBe(0);
    for (const [row, element] of [
      [60, 0],
      [60, 127],
      [59, 64],
      [30, 5],
      [1, 100],
    ] as const) {
      const { code, stderr } = await verify(await forge(folder, row, element));
      expect(code).toBe(5);
      expect(stderr).toContain('residual of every row, recomputed: ');
      expect(stderr).not.toContain('SHA-256');
    }
    const noise = await verify(await forge(folder, 0, 3));
    expect(noise.code).toBe(5);
    expect(noise.stderr).toContain('first row is the noise of seed 11');
  });

  it('does not hold by its hashes alone', async () => {
    const folder = await certifiedFolder();
    const document = await readCertificate(folder);
    const samples = (await readSamples(folder, document)).data;
    changeBy(samples, 17, 1e-3);
    await writeArray(join(folder, 'samples.npy'), samples, [2, ...document.sampleShape]);
    const { code, stderr } = await verify(folder);
    expect(code).toBe(5);
    expect(stderr).toContain('SHA-256 of samples.npy');
    expect(stderr).toContain('samples are the last row: element 17');
  });

  it('does not hold for other conditions', async () => {
    const folder = await certifiedFolder();
    const path = join(folder, 'certificate.json');
    const document = parseCertificate(readFileSync(path, 'utf8'));
    const [input] = document.inputs;
    const classes = BigInt64Array.of(1n, 3n);
    const sha256 = await writeArray(join(folder, 'input-0.npy'), classes, [2]);
    writeFileSync(path, JSON.stringify({ ...document, inputs: [{ ...input, sha256 }] }));
    const { code, stderr } = await verify(folder);
    expect(code).toBe(5);
    expect(stderr).toContain('residual of every row, recomputed');
  });
});

describe('a certificate', () => {
  it('estimates the error, and its calls are counted apart', async () => {
    // a certificate speaks of rows that were called
    const plain = await cluster.run({ ...base, compareSequential: true, everyRow: true });
    const { report, kept } = await runCertified({ ...base, compareSequential: true });
    expect(report.modelCalls).toBe(plain.report.modelCalls);
    expect(report.rounds).toBe(plain.report.rounds);
    expect(report.certificate?.modelCalls).toBe(120);
    const { errorEstimate = NaN, increments = [] } = report.certificate ?? {};
    expect(report.errorEstimate).toBe(Math.max(plain.report.errorEstimate, errorEstimate));
    expect(errorEstimate).toBeGreaterThan(Math.max(...increments));
    const error = report.sequential?.rmsError ?? NaN;
    expect(report.errorEstimate).toBeGreaterThan(error);
    expect(report.errorEstimate).toBeLessThan(0.02);
    expect(kept?.residuals.length).toBe(120);
    const sums = new Array<number>(report.samples).fill(0);
    for (const [k, residual] of kept?.residuals.entries() ?? []) {
      sums[k % report.samples] = (sums[k % report.samples] ?? 0) + residual;
    }
    expect(errorEstimate).toBeCloseTo(5 * Math.max(...sums), 9);
    expect(plain.report.certificate).toBeNull();
  });

  it('has no residual at all in exact mode', async () => {
    const { report } = await runCertified({ ...base, tolerance: 0 });
    expect(report.certificate).toMatchObject({ passed: true, residualMax: 0 });
    expect(report.errorEstimate).toBe(0);
  });

  it('is not given where the job did not converge', async () => {
    const { report, kept } = await runCertified({ ...base, roundsMax: 2 });
    expect(report.outcome).toBe('roundsExhausted');
    const reason = 'not certified: the job ended without converging: roundsExhausted';
    expect(report.certificate).toMatchObject({ passed: false, reason });
    expect(kept).toBeNull();
  });

  it('judges what a published rule stops at, by the tolerance of that rule', async () => {
    const published = { ...base, tolerance: undefined, method: 'parataa', order: 20, blocks: 1 };
    const { report } = await runCertified({ ...published, stop: 'parataa' });
    expect(report).toMatchObject({ outcome: 'converged', stop: 'parataa' });
    expect(report.certificate).toMatchObject({ passed: true, modelCalls: 120 });
    expect(report.certificate?.residualMax).toBeLessThan(report.tolerance);
  });

  it('is of one trajectory where samples could run apart', async () => {
    const { report } = await runCertified({ ...base, method: 'auto', samples: 6, inputs: [] });
    expect(report.certificate).toMatchObject({ passed: true, modelCalls: 360 });
  });

  it('needs a trajectory that can be held, and a round that fits its messages', async () => {
    const large = { ...base, inputs: [], certify: true, samples: 1024 };
    const found = cluster.client.submit({ ...large, steps: 500 });
    await expect(found).rejects.toThrow('fewer samples in one job, or fewer steps');
  });
});

describe('a job that starts from a trajectory', () => {
  const job = { ...base, samples: 1, inputs: [], seed: 5 };

  async function start(request: SubmitRequest, from: SubmitRequest) {
    const { kept } = await runCertified({ ...from, tolerance: 1e-4 });
    const states = kept?.states ?? new Float32Array();
    const { job: id } = await cluster.client.submit(request, {
      trajectory: { states, source: from },
    });
    await until(async () => (await cluster.client.job(id)).state === 'done');
    return cluster.client.result(id);
  }

  it.each([undefined, 10])('of itself needs fewer rounds, window %s', async (window) => {
    const request = { ...job, window, blocks: 3 };
    const cold = await cluster.run(request);
    const warm = await start(request, job);
    expect(warm.report.rounds).toBeLessThan(0.7 * cold.report.rounds);
    expect(warm.report.modelCalls).toBeLessThan(cold.report.modelCalls);
  });

  it('of anything else is as exact as any other', async () => {
    const exact = { ...job, tolerance: 0, blocks: 3 };
    const { samples } = await cluster.run({ ...exact, method: 'sequential' });
    const others = [
      { ...job, seed: 6 },
      { ...job, inputs: [classOf(2)] },
    ];
    for (const other of others) {
      expect((await start(exact, other)).samples).toEqual(samples);
    }
  });

  it('is refused where the trajectory does not fit', async () => {
    const states = new Float32Array(61 * 64);
    const fits = { states, source: job };
    const wrong: readonly (readonly [SubmitRequest, Float32Array, string])[] = [
      [{ ...job, steps: 50 }, states, '51 rows of 1 samples'],
      [{ ...job, samples: 2 }, states, '61 rows of 2 samples'],
      [job, states.subarray(64), 'found "15360 bytes"'],
      [job, states.map((_, k) => (k === 99 ? Infinity : 0)), 'Infinity at element 99'],
      [{ ...job, method: 'parareal' }, states, 'parareal starts from a coarse value'],
      [{ ...job, model: 'nothing' }, states, 'expected one that a worker has'],
    ];
    for (const [request, given, says] of wrong) {
      const found = cluster.client.submit(request, { trajectory: { ...fits, states: given } });
      await expect(found).rejects.toThrow(says);
    }
  });
});

function classOf(value: number) {
  const data = BigInt64Array.of(BigInt(value));
  return { name: 'class', dtype: 'int64', shape: [], data } as const;
}

describe('a worker that is lost', () => {
  it('costs the certificate at most', async () => {
    for (let after = 1; after <= 2; after++) {
      const [victim] = await cluster.addWorkers(1);
      const request = { ...base, samples: 8, inputs: [], steps: 400, blocks: 8, window: 100 };
      const { job } = await cluster.client.submit({ ...request, certify: true });
      await until(async () => (await cluster.client.job(job)).frontier > after * 100);
      if (victim) await killed(victim);
      for await (const { status } of cluster.client.watch(job))
        expect(status.state).not.toBe('failed');
      const { report, samples } = await cluster.client.result(job);
      expect(report.outcome).toBe('converged');
      expect(samples.length).toBe(8 * 64);
      const { certificate } = report;
      if (certificate?.passed) expect(certificate.modelCalls).toBe(3200);
      else expect(certificate?.reason).toMatch(/^not certified: rows \d+ to \d+ were /);
    }
  });
});

describe('a job that is guided by weights that change', () => {
  const scheduled = { ...base, guidance: undefined, guidanceSchedule: [1, 3, 0.5] };

  it('is sampled as the sequential sampler does it', async () => {
    const exact = { ...scheduled, tolerance: 0, compareSequential: true };
    const { report, samples } = await cluster.run(exact);
    expect(report.sequential).toMatchObject({ maxAbsError: 0 });
    expect(report).toMatchObject({ guidance: 3, forwardPasses: 2 * report.modelCalls });
    const constant = await cluster.run({ ...base, guidance: 3, tolerance: 0 });
    expect(constant.samples).not.toEqual(samples);
    const same = await cluster.run({ ...exact, guidanceSchedule: [3, 3] });
    expect(same.samples).toEqual(constant.samples);
  });

  it('is certified with them', async () => {
    const folder = await certifiedFolder(scheduled);
    expect((await verify(folder)).code).toBe(0);
    const document = await readCertificate(folder);
    expect(document.guidanceSchedule).toEqual([1, 3, 0.5]);
    const other = { ...document, guidanceSchedule: [0.5, 3, 1] };
    writeFileSync(join(folder, certifiedFiles.certificate), JSON.stringify(other));
    expect((await verify(folder)).code).toBe(5);
  });

  it.each([
    [{ guidanceSchedule: [3] }, /guidance-schedule: found "1 weights", expected 2 to/],
    [{ guidanceSchedule: [3, -1] }, /guidance-schedule: found -1, expected a number from 0/],
    [{ guidance: 2 }, /guidance: found "2 beside a schedule of it", expected one of them/],
    [{ model: 'gaussian', inputs: [] }, /guidance: found "a schedule", expected none/],
  ])('is refused with %j', async (change, message) => {
    await expect(cluster.client.submit({ ...scheduled, ...change })).rejects.toThrow(message);
  });
});
