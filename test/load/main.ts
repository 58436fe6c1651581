/**
 * A coordinator process under many jobs. The last line is JSON; exit code 0 only for a pass.
 *
 *   npm run load -- --jobs 2000 --clients 8 --workers 4
 *   npm run load -- storm --jobs 1000
 *
 * `--backend` is that of the workers, such as `analytic` (default) or `emulated:cpu`.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startLoadCluster } from './cluster.ts';
import { fairRun } from './fair-run.ts';
import { stormRun } from './storm-run.ts';
import { judgeFair, judgeStorm } from './verdict.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string' },
    clients: { type: 'string', default: '8' },
    workers: { type: 'string', default: '4' },
    backend: { type: 'string', default: 'analytic' },
    model: { type: 'string', default: 'mixture6' },
    solver: { type: 'string', default: 'ddim' },
    steps: { type: 'string', default: '20' },
    /** Jobs of one step before anything is measured. */
    'warm-up': { type: 'string', default: '3000' },
    out: { type: 'string' },
  },
});

const storm = positionals[0] === 'storm';
const jobs = Number(values.jobs ?? (storm ? 1_000 : 2_000));
const clients = Number(values.clients);
const workers = Number(values.workers);
const warmUp = Number(values['warm-up']);
const { model, solver, backend } = values;
const request = { model, solver, steps: Number(values.steps) };

const cluster = await startLoadCluster({ workers, backend });
try {
  const options = { jobs, clients, request, warmUp };
  const run = storm
    ? judgeStorm(await stormRun(cluster, options), jobs)
    : judgeFair(await fairRun(cluster, options), jobs);
  const report = {
    run: storm ? 'storm' : 'fair',
    jobs,
    clients,
    workers,
    backend,
    request,
    ...run,
  };
  const json = JSON.stringify(report);
  if (values.out !== undefined) await writeFile(values.out, `${json}\n`);
  for (const [name, value] of Object.entries(run.figures)) {
    process.stdout.write(`${name.padEnd(24)}${JSON.stringify(value)}\n`);
  }
  for (const reason of run.reasons) process.stdout.write(`${reason}\n`);
  process.stdout.write(`${json}\n`);
  process.exitCode = run.reasons.length === 0 ? 0 : 1;
} finally {
  await cluster.close();
}
