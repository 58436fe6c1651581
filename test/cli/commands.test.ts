import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { jobId, jobStatus } from './fake-coordinator.ts';
import { fakeCoordinator, run, temporaryFolder } from './support.ts';

describe('lists', () => {
  const events = [jobStatus({ state: 'RUNNING', rounds: 3, frontier: 1, residual: 0.002 })];

  it.each([
    ['jobs', [{ job: jobId, state: 'running', rounds: 3 }]],
    ['workers', [{ id: 'w1', state: 'ready' }]],
    ['models', [{ name: 'fashion', workers: 1, conditions: [{ name: 'class' }] }]],
  ])('%s is one JSON array for programs', async (command, expected) => {
    const fake = await fakeCoordinator({ events });
    for (const json of [[], ['--json']]) {
      const interactive = json.length > 0;
      const { code, stdout } = await run([command, '--coordinator', fake.address, ...json], {
        interactive,
      });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(expected);
    }
  });

  it.each([
    ['jobs', ['job', 'state', 'residual'], ['running', 'ddim 4', '1/4', '2.0e-3']],
    ['workers', ['worker', 'last error'], ['w1', 'ready']],
    ['models', ['model', 'conditions'], ['class=0..2 (t-shirt..ankle boot)', '1x2x2', '3.00 ms']],
  ])('%s is a table for people', async (command, titles, cells) => {
    const fake = await fakeCoordinator({ events });
    const { stdout } = await run([command, '--coordinator', fake.address], { interactive: true });
    const [head = '', , ...rows] = stdout.split('\n');
    for (const title of titles) expect(head).toContain(title);
    for (const cell of cells) expect(rows.join('\n')).toContain(cell);
  });
});

describe('commands about one job or worker', () => {
  it('cancel names the job and its state', async () => {
    const fake = await fakeCoordinator();
    const { code, stdout } = await run(['cancel', jobId, '--coordinator', fake.address], {
      interactive: true,
    });
    expect(code).toBe(0);
    expect(fake.cancelled).toEqual([jobId]);
    expect(stdout).toBe(`job ${jobId} is cancelled\n`);
  });

  it('drain says what the worker still holds', async () => {
    const fake = await fakeCoordinator();
    const { stdout } = await run(['drain', 'w1', '--coordinator', fake.address]);
    expect(JSON.parse(stdout)).toEqual({ worker: 'w1', blocks: 2 });
  });

  it('watch follows a job to its result', async () => {
    const fake = await fakeCoordinator();
    const { code, lines } = await run(['watch', jobId, '--coordinator', fake.address]);
    expect(code).toBe(0);
    expect(lines().map(({ event }) => event)).toEqual(['progress', 'result']);
  });

  it('watch of an unknown job ends with 2', async () => {
    const watchError = new SamplerError('UNKNOWN_JOB', 'job: found "x", expected the id of a job');
    const fake = await fakeCoordinator({ watchError });
    const { code, stderr } = await run(['watch', 'x', '--coordinator', fake.address]);
    expect(code).toBe(2);
    expect(stderr).toBe('isochron: job: found "x", expected the id of a job\n');
  });

  it('result writes the folder', async () => {
    const fake = await fakeCoordinator();
    const out = temporaryFolder();
    const options = ['--out', out, '--json', '--coordinator', fake.address];
    const { code, stdout } = await run(['result', jobId, ...options]);
    expect(code).toBe(0);
    expect(readdirSync(out)).toContain('samples.npy');
    expect(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))).toEqual(JSON.parse(stdout));
  });

  it('result of a job that is not done says what to do', async () => {
    const fake = await fakeCoordinator({ events: [jobStatus({ state: 'RUNNING' })] });
    const { code, stderr } = await run(['result', jobId, '--coordinator', fake.address]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `is running, expected one that is done; follow it with: isochron watch`,
    );
  });
});

describe('the coordinator', () => {
  it('is found by ISOCHRON_COORDINATOR', async () => {
    const fake = await fakeCoordinator();
    vi.stubEnv('ISOCHRON_COORDINATOR', fake.address);
    try {
      expect((await run(['workers'])).code).toBe(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('that is not there ends every client command with 4 within 10 seconds', async () => {
    const started = performance.now();
    const { code, stderr } = await run(['jobs', '--coordinator', '127.0.0.1:1']);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^isochron: cannot reach a coordinator at 127\.0\.0\.1:1 [^\n]*\n$/);
  });
});
