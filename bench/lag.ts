/**
 * What `maxLag` is worth, in virtual time: four workers that are healthy, that stand still for one
 * to three sweeps now and then, or of which one is three times slower from the start or from some
 * moment on. The same faults with 0, 1, 2 and 4 rounds of lag, many seeds.
 *
 *   npm run bench:lag
 *   npm run bench:lag -- --seeds 10
 *
 * Means; "faster" and "slower" count jobs that differ by more than 2 % from waiting. Exit code 1
 * where a sample is further from the sequential one than its tolerance.
 */
import { parseArgs } from 'node:util';
import { mean } from '../cli/bench/statistics.ts';
import { renderTable } from '../cli/output/table.ts';
import { makespan, type MakespanOptions, type SimWorker } from '../test/sim/makespan.ts';
import { lcg } from '../test/support/lcg.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '30' } } });
const seeds = Number(values.seeds);

/** A sweep of eight rows takes 190 ms. */
const callMs = { least: 30, perRow: 20 };
const STALL_MS = 250;
const secant = { method: 'secant', blocks: 4 } as const;
const jobs: readonly MakespanOptions['job'][] = [
  { ...secant, solver: 'ddim', steps: 50, tolerance: 0 },
  { ...secant, solver: 'ddim', steps: 50, tolerance: 0.01 },
  { ...secant, solver: 'ddpm', steps: 100, window: 32, tolerance: 1e-3 },
  { ...secant, solver: 'ddpm', steps: 250, window: 64, blocks: 8, tolerance: 0.01 },
  { ...secant, method: 'picard', solver: 'ddpm', steps: 100, window: 32, tolerance: 0.01 },
];
type Below = (below: number) => number;

const kinds: Readonly<Record<string, (pick: Below) => readonly SimWorker[]>> = {
  healthy: () => [{}, {}, {}, {}],
  stalls: (pick) => [stalling(pick), stalling(pick), stalling(pick), stalling(pick)],
  'one slow': (pick) => withOne(pick, { slowness: 3 }),
  'one becomes slow': (pick) => withOne(pick, { slowness: 3, slowAtMs: 500 + pick(1_500) }),
};

function stalling(pick: Below): SimWorker {
  const [fromMs, ms, everyMs] = [300 + pick(2_000), STALL_MS * (1 + pick(3)), 3_000 + pick(3_000)];
  return { stalls: { fromMs, ms, everyMs } };
}

function withOne(pick: Below, slow: SimWorker): SimWorker[] {
  const at = pick(4);
  return [0, 1, 2, 3].map((k) => (k === at ? slow : {}));
}

const columns = [
  { title: 'job' },
  { title: 'workers' },
  { title: 'lag', align: 'right' },
  { title: 'ms', align: 'right' },
  { title: 'calls', align: 'right' },
  { title: 'stale rounds', align: 'right' },
  { title: 'faster', align: 'right' },
  { title: 'slower', align: 'right' },
  { title: 'worst error', align: 'right' },
] as const;

const rows: string[][] = [];
for (const job of jobs) {
  const { method, solver, steps, window = steps, tolerance = 0 } = job;
  const name = `${method} ${solver}-${steps}, W = ${window}, tolerance ${tolerance}`;
  for (const [kind, workersOf] of Object.entries(kinds)) {
    const waited: number[] = [];
    for (const maxLag of [0, 1, 2, 4]) {
      const found = [];
      for (let seed = 1; seed <= seeds; seed++) {
        const workers = workersOf(lcg(seed));
        found.push(await makespan({ job: { ...job, seed }, workers, callMs, maxLag }));
      }
      if (maxLag === 0) waited.push(...found.map(({ ms }) => ms));
      const ratios = found.map(({ ms }, k) => ms / (waited[k] ?? ms));
      const error = Math.max(...found.map((one) => one.error));
      if (error > tolerance) process.exitCode = 1;
      rows.push([
        name,
        kind,
        String(maxLag),
        mean(found.map(({ ms }) => ms)).toFixed(0),
        mean(found.map(({ callsMade }) => callsMade)).toFixed(0),
        mean(found.map(({ staleRounds }) => staleRounds)).toFixed(1),
        String(ratios.filter((ratio) => ratio < 0.98).length),
        String(ratios.filter((ratio) => ratio > 1.02).length),
        error.toExponential(1),
      ]);
    }
  }
}
process.stdout.write(`${renderTable(columns, rows)}\n`);
