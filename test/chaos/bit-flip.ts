/**
 * One of four workers computes wrong numbers, 0.001 off in every output, from a moment on in which
 * twenty jobs run: R15 of the reliability goals. Exact mode, so a wrong sample is one whose bits
 * are not the sequential sampler's. Then what spot checks cost: the same jobs on emulated devices,
 * with and without, in turn.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { SubmitRequest } from '../../cli/client.ts';
import { SPOT_CHECKS } from '../../coordinator/shell/engine.ts';
import { realCluster, until, type RealCluster } from '../support/real-cluster.ts';
import { randomStream } from '../sim/random.ts';
import type { Scenario, ScenarioOptions, ScenarioReport } from './scenario.ts';

const analytic = ['--backend', 'analytic', '--measure-ms', '50'];
const PROFILE = 'h100-sd15-unet';
const JOBS = 20;
const RUNS = 5;
const REPEATS = 15;
/** Jobs take about as long, all together. */
const LIE_WITHIN_MS = 1_500;
/** R15: what checks may cost of the time of a job. */
const COST_MAX = 1.05;

const methods = ['secant', 'picard', 'parareal', 'parataa', 'sequential'] as const;

interface Tally {
  done: number;
  wrong: number;
  failed: number;
  startedOver: number;
  made: number;
  dropped: number;
  caught: number;
}

export const bitFlip: Scenario = {
  name: 'bitflip',
  about: 'one of four workers computes wrong numbers from a random moment on; what checks cost',
  run,
};

async function run({ n = RUNS, seed, say }: ScenarioOptions): Promise<ScenarioReport> {
  const tally: Tally = {
    ...{ done: 0, wrong: 0, failed: 0, startedOver: 0 },
    ...{ made: 0, dropped: 0, caught: 0 },
  };
  for (let k = 0; k < n; k++) {
    await oneRun(seed + k, tally);
    say(`run ${k + 1} of ${n}: ${JSON.stringify(tally)}`);
  }
  const costs = await costOf(say);
  const reasons: string[] = [];
  if (tally.wrong > 0) reasons.push(`${tally.wrong} jobs ended with wrong samples`);
  if (tally.failed > 0) reasons.push(`${tally.failed} jobs failed`);
  if (tally.caught < n) reasons.push(`${tally.caught} of ${n} wrong workers were quarantined`);
  for (const [name, ratio] of Object.entries(costs)) {
    if (!(ratio <= COST_MAX)) reasons.push(`${name} ${ratio.toFixed(3)} > ${COST_MAX}`);
  }
  const idle = reasons.length === 0 && tally.startedOver < n;
  if (idle) reasons.push(`only ${tally.startedOver} jobs had wrong numbers to get rid of`);
  const verdict = idle ? 'invalid' : reasons.length === 0 ? 'pass' : 'fail';
  const figures = { runs: n, jobs: n * JOBS, ...tally, emulated: PROFILE };
  return { verdict, reasons, figures: { ...figures, ...rounded(costs) } };
}

function rounded(costs: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(costs).map(([name, ratio]) => [name, Number(ratio.toFixed(3))]);
  return Object.fromEntries(entries) as Record<string, number>;
}

function jobAt(k: number): SubmitRequest {
  const method = methods[k % methods.length] ?? 'secant';
  const shape = method === 'sequential' ? {} : { blocks: 3, window: 24 };
  return {
    model: 'mixture6',
    solver: 'ddpm',
    steps: 60,
    seed: k + 1,
    tolerance: 0,
    method,
    ...shape,
  };
}

async function oneRun(seed: number, tally: Tally): Promise<void> {
  const random = randomStream(seed, 'bitflip');
  const cluster = await realCluster();
  try {
    await cluster.addWorkers(3, analytic);
    const [liar] = await cluster.addWorkers(1, [...analytic, '--name', 'liar'], {
      'infer.call': 'lie(0.001)',
    });
    const wanted: Float32Array[] = [];
    for (let k = 0; k < JOBS; k++) {
      const exact = await cluster.run({ ...jobAt(k), method: 'sequential', blocks: 1, window: 1 });
      wanted.push(exact.samples);
    }
    const running = wanted.map(async (samples, k) => judge(cluster, tally, jobAt(k), samples));
    await sleep(random.between(0, LIE_WITHIN_MS));
    liar?.kill('SIGUSR2');
    await Promise.all(running);
    // where no job was left for it to spoil, one is made
    await judge(cluster, tally, { ...jobAt(0), blocks: 4 }, wanted[0] ?? new Float32Array());
    await until(async () => await isOut(cluster));
    tally.caught++;
  } finally {
    await cluster.close();
  }
}

async function isOut({ client }: RealCluster): Promise<boolean> {
  const workers = await client.workers();
  return workers.some(({ name, state }) => name === 'liar' && state === 'quarantined');
}

async function judge(
  cluster: RealCluster,
  tally: Tally,
  request: SubmitRequest,
  wanted: Float32Array,
): Promise<void> {
  try {
    const { samples, report } = await cluster.run(request);
    tally.done++;
    if (samples.some((value, e) => !Object.is(value, wanted[e]))) tally.wrong++;
    tally.startedOver += report.spotChecks.startedOver;
    tally.made += report.spotChecks.made;
    tally.dropped += report.spotChecks.dropped;
  } catch {
    tally.failed++;
  }
}

const emulated = { model: PROFILE, tolerance: 0.01 };
const costly: Readonly<Record<string, SubmitRequest>> = {
  costDdim50: { ...emulated, solver: 'ddim', steps: 50, method: 'secant', window: 8, blocks: 4 },
  costDdpm250: { ...emulated, solver: 'ddpm', steps: 250, method: 'secant', window: 32, blocks: 4 },
  costSequential50: { ...emulated, solver: 'ddim', steps: 50, method: 'sequential' },
};

/** Wall clock with checks over that without, the medians of jobs in turn. */
async function costOf(say: (line: string) => void): Promise<Record<string, number>> {
  const clusters = [await realCluster(), await realCluster({ ...SPOT_CHECKS, every: 0 })];
  try {
    for (const cluster of clusters) {
      await cluster.addWorkers(4, ['--backend', `emulated:${PROFILE}`]);
      for (const request of Object.values(costly)) await cluster.run(request);
    }
    const ratios: Record<string, number> = {};
    for (const [name, request] of Object.entries(costly)) {
      const times: number[][] = [[], []];
      for (let k = 0; k < REPEATS; k++) {
        for (const [c, cluster] of clusters.entries()) {
          const { report } = await cluster.run({ ...request, seed: k + 1 });
          times[c]?.push(report.wallMs);
        }
      }
      const [on = NaN, off = NaN] = times.map(median);
      say(`emulated, ${name}: ${on.toFixed(0)} ms with checks, ${off.toFixed(0)} ms without`);
      ratios[name] = on / off;
    }
    return ratios;
  } finally {
    for (const cluster of clusters) await cluster.close();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
