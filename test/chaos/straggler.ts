/**
 * One of four emulated workers ten times slower, from the start or from a quarter of the job on,
 * against the three others alone: R8 of the reliability goals. All clusters run in turn on the same
 * machine, so a ratio is of one run; what is emulated is the time that model calls take.
 */
import type { SubmitRequest } from '../../cli/client.ts';
import { realCluster } from '../support/real-cluster.ts';
import type { Scenario, ScenarioOptions, ScenarioReport } from './scenario.ts';

const PROFILE = 'h100-sd15-unet';
const device = ['--backend', `emulated:${PROFILE}`];
const slow = ['--backend', `emulated:${PROFILE}?slow=10`];
const turnsSlow = ['--backend', `emulated:${PROFILE}?slow=10&on=SIGUSR2`];
const job: SubmitRequest = {
  ...{ model: PROFILE, solver: 'ddpm', steps: 250, method: 'secant', window: 32 },
};
/** Of the makespan of the three healthy workers. */
const RATIO_MAX = 1.35;
const REPEATS = 3;

interface Run {
  readonly wallMs: number;
  readonly rounds: number;
}

export const straggler: Scenario = {
  name: 'straggler',
  about: 'one of four emulated workers ten times slower, against the three others alone',
  run,
};

async function run({ n = REPEATS, seed, say }: ScenarioOptions): Promise<ScenarioReport> {
  const kinds = { healthy: [] as Run[], fromStart: [] as Run[], midJob: [] as Run[] };
  for (let k = 0; k < n; k++) {
    kinds.healthy.push(await onCluster([device, device, device], seed + k));
    kinds.fromStart.push(await onCluster([device, slow, device, device], seed + k));
    kinds.midJob.push(await onCluster([device, turnsSlow, device, device], seed + k));
    const told = Object.entries(kinds).map(([kind, runs]) => {
      const { wallMs, rounds } = runs.at(-1) ?? nothing;
      return `${kind} ${wallMs.toFixed(0)} ms, ${rounds} rounds`;
    });
    say(`emulated, run ${k + 1} of ${n}: ${told.join('; ')}`);
  }
  return judge(kinds);
}

const nothing: Run = { wallMs: 0, rounds: 0 };

function judge(kinds: Readonly<Record<'healthy' | 'fromStart' | 'midJob', readonly Run[]>>) {
  const wall = (runs: readonly Run[]): number => median(runs.map(({ wallMs }) => wallMs));
  const healthyMs = wall(kinds.healthy);
  const ratios = {
    ratioFromStart: wall(kinds.fromStart) / healthyMs,
    ratioMidJob: wall(kinds.midJob) / healthyMs,
  };
  const slowRuns = Object.entries(ratios).filter(([, ratio]) => !(ratio <= RATIO_MAX));
  const reasons = slowRuns.map(([name, ratio]) => `${name} ${ratio.toFixed(2)} > ${RATIO_MAX}`);
  const figures = {
    emulated: PROFILE,
    healthyThreeMs: Math.round(healthyMs),
    fourOneSlowMs: Math.round(wall(kinds.fromStart)),
    fourOneTurnsSlowMs: Math.round(wall(kinds.midJob)),
    ...Object.fromEntries(Object.entries(ratios).map(([k, v]) => [k, Number(v.toFixed(3))])),
  };
  return { verdict: reasons.length === 0 ? 'pass' : 'fail', reasons, figures } as const;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** One job on workers of its own; the one that turns slow does so after a quarter of the rows. */
async function onCluster(workers: readonly (readonly string[])[], seed: number): Promise<Run> {
  const cluster = await realCluster();
  try {
    for (const args of workers) await cluster.addWorkers(1, args);
    // the model is warm, and every worker measured, in all three cases
    await cluster.run({ ...job, steps: 50, seed, blocks: workers.length });
    const { job: id } = await cluster.client.submit({ ...job, seed, blocks: workers.length });
    const at = workers.indexOf(turnsSlow);
    for await (const { status } of cluster.client.watch(id)) {
      if (status.state === 'failed') throw new Error(status.message);
      if (at >= 0 && status.frontier > 250 / 4) cluster.workers[at]?.kill('SIGUSR2');
    }
    const { report } = await cluster.client.result(id);
    const { wallMs, rounds } = report;
    return { wallMs, rounds };
  } finally {
    await cluster.close();
  }
}
