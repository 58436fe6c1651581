/**
 * What `maxLag` is worth: four emulated workers, healthy, with stalls of one to three sweeps, or
 * with one that is three times slower; the same jobs with 0, 1 and 2 rounds of lag, in turn on the
 * same cluster. What is emulated is the time that model calls take; a stall is a stopped process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { mean } from '../../cli/bench/statistics.ts';
import type { SubmitRequest } from '../../cli/client.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';
import { lcg } from '../support/lcg.ts';
import type { Scenario, ScenarioOptions, ScenarioReport } from './scenario.ts';

const PROFILE = 'h100-sd15-unet';
/** Calls so long that the messages between them do not count: a sweep of a block takes 0.2 s. */
const device = ['--backend', `emulated:${PROFILE}?slow=8`];
const third = ['--backend', `emulated:${PROFILE}?slow=24`];
const SWEEP_MS = 250;
const GAP_MS = 1_500;
const jobs: readonly SubmitRequest[] = [
  { model: PROFILE, solver: 'ddpm', steps: 100, method: 'secant', window: 32, tolerance: 1e-3 },
  { model: PROFILE, solver: 'ddim', steps: 50, method: 'secant', tolerance: 0 },
];
const kinds = [
  { kind: 'healthy', workers: [device, device, device, device], stalls: false },
  { kind: 'stalls', workers: [device, device, device, device], stalls: true },
  { kind: 'slow', workers: [device, third, device, device], stalls: false },
] as const;
/** The one whose samples have no choice. */
const EXACT = 'ddim-50';
const LAGS = [0, 1, 2] as const;
const REPEATS = 3;

export const lag: Scenario = {
  name: 'lag',
  about: 'four emulated workers with stalls or a slow one, with 0, 1 and 2 rounds of lag',
  run,
};

interface Cell {
  readonly wallMs: number[];
  readonly modelCalls: number[];
  readonly staleRounds: number[];
  /** RMS, from the samples without lag, in tolerances; in exact mode in ones. */
  readonly apart: number[];
}

/** Each is within a tolerance of the sequential sample. */
const APART_MAX = 2;

async function run({ n = REPEATS, seed, say }: ScenarioOptions): Promise<ScenarioReport> {
  const cells = new Map<string, Cell>();
  for (const kind of kinds) {
    const cluster = await realCluster();
    try {
      for (const args of kind.workers) await cluster.addWorkers(1, args);
      for (let k = 0; k < n; k++) {
        say(`emulated, ${kind.kind}, run ${k + 1} of ${n}`);
        await runInTurn(cluster, { kind, seed: seed + k, say, cells });
      }
    } finally {
      await cluster.close();
    }
  }
  return judge(cells);
}

interface Turn extends Pick<ScenarioOptions, 'seed' | 'say'> {
  readonly kind: (typeof kinds)[number];
  readonly cells: Map<string, Cell>;
}

async function runInTurn(cluster: RealCluster, { kind, seed, say, cells }: Turn): Promise<void> {
  const { stalls, workers } = kind;
  for (const job of jobs) {
    let waiting: Float32Array | undefined;
    for (const maxLag of LAGS) {
      const request = { ...job, maxLag, seed, blocks: workers.length };
      const name = `${kind.kind} ${job.solver}-${job.steps} lag ${maxLag}`;
      const cell = cells.get(name) ?? fresh();
      cells.set(name, cell);
      const found = await runJob(cluster, request, stalls ? lcg(seed) : undefined);
      const { wallMs, rounds, modelCalls, staleRounds } = found.report;
      waiting ??= found.samples;
      cell.apart.push(apartBy(waiting, found.samples, job.tolerance));
      cell.wallMs.push(wallMs);
      cell.modelCalls.push(modelCalls);
      cell.staleRounds.push(staleRounds);
      const figures = `${rounds} rounds, ${modelCalls} calls, ${staleRounds} stale`;
      say(`  ${name}: ${wallMs.toFixed(0)} ms, ${figures}`);
    }
  }
}

function fresh(): Cell {
  return { wallMs: [], modelCalls: [], staleRounds: [], apart: [] };
}

function apartBy(a: Float32Array, b: Float32Array, tolerance = 0): number {
  return rmsDifference(a, 0, b, 0, a.length) / (tolerance || 1);
}

/** @param pick of the stalls, where there are any */
async function runJob(
  cluster: RealCluster,
  request: SubmitRequest,
  pick: ((below: number) => number) | undefined,
) {
  const over = new AbortController();
  const stalling = pick && stallWorkers(cluster, pick, over.signal);
  try {
    return await cluster.run(request);
  } finally {
    over.abort();
    await stalling;
  }
}

/** One after the other stands still, for one to three sweeps, until the job is over. */
async function stallWorkers(
  { workers }: RealCluster,
  pick: (below: number) => number,
  signal: AbortSignal,
): Promise<void> {
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const worker = workers[pick(workers.length)];
    const ms = SWEEP_MS * (1 + pick(3));
    await wait(GAP_MS / 2 + pick(GAP_MS));
    worker?.kill('SIGSTOP');
    await wait(ms);
    worker?.kill('SIGCONT');
  }
}

function judge(cells: ReadonlyMap<string, Cell>): ScenarioReport {
  const figures: Record<string, string> = { emulated: PROFILE };
  const reasons: string[] = [];
  let stale = 0;
  for (const [name, { wallMs, modelCalls, staleRounds, apart }] of cells) {
    const most = name.includes(EXACT) ? 0 : APART_MAX;
    const worst = Math.max(...apart);
    if (worst > most) reasons.push(`${name} is ${worst} tolerances from lag 0, not ${most}`);
    const all = staleRounds.reduce((sum, one) => sum + one, 0);
    stale += all;
    const runs = wallMs.length;
    const wall = `${mean(wallMs).toFixed(0)} ms (${wallMs.map((ms) => ms.toFixed(0)).join(', ')})`;
    figures[name] =
      `${wall}, ${mean(modelCalls).toFixed(0)} calls, ${(all / runs).toFixed(1)} stale`;
  }
  if (reasons.length > 0) return { verdict: 'fail', reasons, figures };
  const nothing = 'no round ended in front of a late block: nothing was tested';
  return stale > 0
    ? { verdict: 'pass', reasons, figures }
    : { verdict: 'invalid', reasons: [nothing], figures };
}
