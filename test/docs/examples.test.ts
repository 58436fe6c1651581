import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { decodeNpy } from '../../shared/protocol/npy.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

const run = promisify(execFile);
let cluster: RealCluster;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-examples-'));
  cluster = await realCluster();
  await cluster.addWorkers(2);
});

afterAll(async () => {
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

async function example(name: string, ...args: readonly string[]): Promise<string> {
  const program = join(packageRoot(), 'docs', 'examples', `${name}.ts`);
  const argv = ['--conditions=isochron-checkout', program, ...args];
  const coordinator = `127.0.0.1:${cluster.ports.client}`;
  const env = { ...process.env, ISOCHRON_COORDINATOR: coordinator };
  const { stdout } = await run(process.execPath, argv, { cwd: folder, env });
  return stdout;
}

describe('the examples', () => {
  it('sample and save', async () => {
    expect(await example('sample-and-save')).toMatch(
      /^4 samples of mixture6 in \d+ rounds, \d+ model calls: samples.npy\n$/,
    );
    const { dtype, shape, data } = decodeNpy(await readFile(join(folder, 'samples.npy')));
    expect([dtype, shape[0]]).toEqual(['float32', 4]);
    expect(data.every((value) => Number.isFinite(Number(value)))).toBe(true);
  });

  it('watch a job to its end', async () => {
    const lines = (await example('watch-progress')).trimEnd().split('\n');
    expect(lines.at(-1)).toBe('done');
    expect(lines.at(-2)).toMatch(/^round \d+: 100 of 100 rows are final, residual/);
  });

  it('give a job up', async () => {
    expect(await example('watch-progress', 'mixture6', '0')).toBe('cancelled\n');
  });

  it('run many jobs once', async () => {
    const before = (await cluster.client.load()).submitted;
    expect(await example('many-jobs')).toMatch(
      /^12 jobs of batch nightly-\d+ are done, 3 of them were urgent\n$/,
    );
    expect((await cluster.client.load()).submitted - before).toBe(12);
  });

  it('start warm', async () => {
    const said = await example('warm-start');
    const [, cold, warm] =
      /^from noise: (\d+) rounds, from the first trajectory: (\d+) rounds\n$/.exec(said) ?? [];
    expect(Number(warm)).toBeLessThan(Number(cold));
  });
});
