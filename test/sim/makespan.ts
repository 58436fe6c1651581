/**
 * How long a job takes on workers of different speed, in virtual time: the same run every time, so
 * that a ratio of two of them says something about scheduling and nothing about the machine.
 */
import { assert } from '../../shared/kernel/assert.ts';
import type { FromBlock } from '../../shared/kernel/block-messages.ts';
import { isOver } from '../../coordinator/core/state.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { mixtureModel, planOf, specOf } from '../support/job-spec.ts';
import { mixtureJob, type Job, type JobOptions } from '../support/mixture-job.ts';
import { VirtualClock, type Owner } from './clock.ts';
import { CoordinatorProcess } from './coordinator-process.ts';
import { WorkerProcess, type CallMs } from './worker-process.ts';

/** A worker from the start to the end of the run. */
export interface SimWorker {
  /** How many times slower than the others ... */
  readonly slowness?: number;
  /** ... and since when: 0 is measured when it registers. */
  readonly slowAtMs?: number;
  /** It stands still: from when, for how long, again and again after how long. */
  readonly stalls?: { readonly fromMs: number; readonly ms: number; readonly everyMs: number };
  readonly joinsAtMs?: number;
  readonly drainsAtMs?: number;
}

export interface MakespanOptions {
  readonly job: JobOptions & { readonly blocks: number };
  readonly workers: readonly SimWorker[];
  readonly callMs?: CallMs;
  readonly latencyMs?: number;
  /** Scalars of a latent, as the coordinator is told. */
  readonly toldDim?: number;
  readonly maxLag?: number;
}

export interface Makespan {
  readonly ms: number;
  readonly rounds: number;
  readonly staleRounds: number;
  /** Those that were cut, and those that there were: more where some moved. */
  readonly blocksCut: number;
  readonly blocks: number;
  /** Counted in the result, and made by the workers altogether. */
  readonly modelCalls: number;
  readonly callsMade: number;
  /** Of the worst sample, against the sequential sampler. */
  readonly error: number;
  /** Rows that each worker evaluated. */
  readonly rowsOf: readonly number[];
}

const LATENCY_MS = 0.5;
const TICK_MS = 100;
const EVENTS_MAX = 1_000_000;

interface Cluster {
  readonly clock: VirtualClock;
  readonly coordinator: CoordinatorProcess;
  readonly processes: Map<string, WorkerProcess>;
  readonly latencyMs: number;
}

/** What happens is nobody's in particular. */
const world: Owner = { alive: true, pausedUntil: 0 };

export async function makespan(options: MakespanOptions): Promise<Makespan> {
  const { job, workers } = options;
  const oracle = mixtureJob(job);
  const { problem } = oracle;
  const cluster = createCluster(options.latencyMs ?? LATENCY_MS);
  const { callMs = { least: 4, perRow: 10 } } = options;
  for (const [k, worker] of workers.entries()) {
    addWorker(cluster, `w${k + 1}`, worker, { problem, callMs });
  }
  const { clock, coordinator, processes } = cluster;
  const { toldDim: dim, maxLag } = options;
  const plan = { ...planOf(problem, job.blocks), ...(dim && { dim }), maxLag };
  const spec = specOf(problem, job.seed ?? 1, { job: 'j' });
  const whole = { spec, plan, problem, samples: undefined, trajectory: undefined };
  clock.at(1, world, () => void coordinator.submit('j', whole));
  tick(cluster);
  const ended = () => [...coordinator.state.jobs.values()].some(isOver);
  while (!ended() && (await clock.step())) assert(clock.events < EVENTS_MAX, 'it never ends');
  const state = coordinator.state.jobs.get('j');
  const samples = coordinator.jobs.get('j')?.samples;
  assert(state?.outcome === 'converged' && samples, `the job ended ${state?.failure?.message}`);
  const rowsOf = [...processes.values()].map(({ modelCalls }) => modelCalls);
  const { rounds, staleRounds, modelCalls } = state.tally;
  return {
    ms: state.endedMs - state.startedMs,
    rounds,
    staleRounds,
    modelCalls,
    callsMade: rowsOf.reduce((sum, rows) => sum + rows, 0),
    error: await errorOf(oracle, samples),
    rowsOf,
    blocksCut: state.partition.length,
    blocks: state.indices,
  };
}

function createCluster(latencyMs: number): Cluster {
  const clock = new VirtualClock();
  const processes = new Map<string, WorkerProcess>();
  const coordinator = new CoordinatorProcess({
    nowMs: () => clock.nowMs,
    send: (worker, message) => {
      const process = processes.get(worker);
      if (process) clock.after(latencyMs, process, () => process.handle(message));
    },
    after: (ms, act) => clock.after(ms, world, act),
    probe: () => undefined,
    drop: () => assert(false, 'a worker was given up'),
    note: () => undefined,
  });
  return { clock, coordinator, processes, latencyMs };
}

function addWorker(
  { clock, coordinator, processes, latencyMs }: Cluster,
  id: string,
  { slowness = 1, slowAtMs = 0, joinsAtMs = 0, drainsAtMs, stalls }: SimWorker,
  { problem, callMs }: { readonly problem: Job['problem']; readonly callMs: CallMs },
): void {
  const send = (message: FromBlock): void =>
    clock.after(latencyMs, coordinator, () => coordinator.receive(id, message));
  const process = new WorkerProcess({ clock, callMs, send }, problem.dim, problem.denoiser);
  processes.set(id, process);
  if (slowAtMs === 0) process.slowness = slowness;
  else clock.at(slowAtMs, world, () => (process.slowness = slowness));
  if (stalls) stallAgain(clock, process, stalls);
  clock.at(joinsAtMs, world, () => {
    const models = [{ ...mixtureModel, curve: process.curve }];
    coordinator.dispatch({ kind: 'workerAttached', worker: id, models });
  });
  if (drainsAtMs === undefined) return;
  clock.at(drainsAtMs, world, () => coordinator.dispatch({ kind: 'drainRequested', worker: id }));
}

function stallAgain(
  clock: VirtualClock,
  process: WorkerProcess,
  { fromMs, ms, everyMs }: NonNullable<SimWorker['stalls']>,
): void {
  clock.after(fromMs, world, () => {
    process.pausedUntil = clock.nowMs + ms;
    stallAgain(clock, process, { fromMs: everyMs, ms, everyMs });
  });
}

function tick(cluster: Cluster): void {
  const { clock, coordinator, processes } = cluster;
  coordinator.dispatch({ kind: 'tick' });
  for (const id of processes.keys()) coordinator.dispatch({ kind: 'workerSeen', worker: id });
  clock.after(TICK_MS, coordinator, () => tick(cluster));
}

async function errorOf(oracle: Job, found: Float32Array): Promise<number> {
  const { samples, dim } = oracle.problem;
  const wanted = (await oracle.reference()).at(-1) ?? new Float32Array();
  const errors = Array.from({ length: samples }, (_, m) =>
    rmsDifference(found, m * dim, wanted, m * dim, dim),
  );
  return Math.max(...errors);
}
