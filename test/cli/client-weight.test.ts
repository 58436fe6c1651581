import { pino } from 'pino';
import { expect, it } from 'vitest';
import { Client } from '../../cli/client.ts';
import { startCluster } from '../../cli/local/cluster.ts';
import { jobOptions } from '../../cli/commands/coordinator.ts';
import { run, temporaryFolder } from './support.ts';

const kept = { retainDays: 1, retainJobs: 1, retainGib: 1, checkpointMs: 1000 };
const checked = { spotChecks: 0, numericGap: 0 };

it.each(['coordinator', 'up'])('of %s is refused before anything starts', async (command) => {
  const data = ['--data', temporaryFolder()];
  const { code, stderr } = await run([command, '--client-weight', 'ci=1e9', ...data]);
  expect(code).toBe(2);
  expect(stderr).toContain('--client-weight: found "1e9", expected a number from 0.01 to 100');
});

it('reaches the queue, of the clients that it names', async () => {
  const { clientWeights } = jobOptions({ ...kept, ...checked, clientWeight: ['ci=5', 'ann=0.5'] });
  const any = '127.0.0.1:0';
  const cluster = await startCluster({
    ...{ listen: any, workerListen: any, dataDir: temporaryFolder(), clientWeights },
    ...{ workers: 0, backend: 'analytic', models: '', threads: 1, restart: false },
    log: pino({ level: 'silent' }),
    workerLogLevel: 'warn',
    onLine: () => undefined,
  });
  const client = new Client({ coordinator: cluster.client, token: cluster.token });
  try {
    for (const name of ['ci', 'ann', 'bob']) {
      await client.submit({ model: 'mixture6', solver: 'ddim', steps: 4, client: name });
    }
    const { clients } = await client.load();
    const weights = clients.map(({ client: name, weight }) => [name, weight]);
    expect(Object.fromEntries(weights)).toEqual({ ci: 5, ann: 0.5, bob: 1 });
  } finally {
    client.close();
    await cluster.close();
  }
});
