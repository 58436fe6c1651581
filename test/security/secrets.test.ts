/** A run from the first start to a result, with everything logged: no token may be in any of it. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Client } from '../../cli/client.ts';
import { startCluster, workersReady } from '../../cli/local/cluster.ts';
import { run } from '../cli/support.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-secrets-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

it('tokens are in no log, no output and no message', async () => {
  const said: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => void said.push(line) });
  const dataDir = join(folder, 'data');
  const cluster = await startCluster({
    ...{ listen: '127.0.0.1:0', workerListen: '127.0.0.1:0', dataDir, log },
    ...{ workers: 1, backend: 'analytic', models: folder, threads: 1, restart: false },
    workerLogLevel: 'trace',
    onLine: (_worker, line) => said.push(line),
  });
  const client = new Client({ coordinator: cluster.client, token: cluster.token });
  const secrets: string[] = [cluster.token];
  try {
    await workersReady(client, cluster, { workers: 1, timeoutMs: 60_000 });
    const made = await run(['token', 'create', 'ci', '--tenant', 'vision', '--data', dataDir]);
    const token = made.stdout.trim();
    expect(token).toMatch(/^iso_/);
    const tokenFile = join(folder, 'ci-token');
    await writeFile(tokenFile, token, { mode: 0o600 });
    const where = ['--coordinator', cluster.client, '--token-file', tokenFile];
    const job = ['--model', 'mixture6', '--solver', 'ddim', '--steps', '20'];
    const out = ['--out', join(folder, 'out')];
    const done = await run(['submit', ...job, ...out, ...where]);
    expect(done.code).toBe(0);
    const refused = await run(['drain', 'worker-1', ...where]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('expected admin');
    const listed = await run(['token', 'list', '--data', dataDir]);
    expect(listed.lines()).toMatchObject([[{ name: 'ci', tenant: 'vision' }]]);
    expect((await run(['token', 'revoke', 'ci', '--data', dataDir])).code).toBe(0);
    const late = await run(['jobs', ...where]);
    expect(late.code).toBe(2);
    expect(late.stderr).toContain('no valid token');
    const runs = [done, refused, listed, late];
    said.push(...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]));
    said.push(await readFile(join(dataDir, 'tokens.json'), 'utf8'));
    said.push(await readFile(join(dataDir, 'ports.json'), 'utf8'));
    const workerToken = (await readFile(join(dataDir, 'worker-token'), 'utf8')).trim();
    secrets.push(token, workerToken);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  } finally {
    client.close();
    await cluster.close();
  }
  const all = said.join('\n');
  expect(all.length).toBeGreaterThan(1_000);
  for (const secret of secrets) expect(all.includes(secret.slice(4))).toBe(false);
});
