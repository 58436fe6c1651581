/**
 * How long a job takes on workers of different speed, in virtual time: the same run every time, so
 * that a ratio of two of them says something about scheduling and nothing about the machine.
 */
import { assert } from '../../shared/kernel/assert.ts';
import { isOver } from '../../coordinator/core/state.ts';
import { rmsDifference } from '../../shared/numerics/vector.ts';
import { mixtureModel, planOf, specOf } from '../support/job-spec.ts';
import { mixtureJob, type JobOptions } from '../support/mixture-job.ts';
import { VirtualClock, type Owner } from './clock.ts';
import { CoordinatorProcess } from './coordinator-process.ts';
import { WorkerProcess, type CallMs } from './worker-process.ts';

/** A worker from the start to the end of the run. */
export interface SimWorker {
  /** How many times slower than the others ... */
  readonly slowness?: number;
  /** ... and since when: 0 is measured when it registers. */
  readonly slowAtMs?: number;
  readonly joinsAtMs?: number;
  readonly drainsAtMs?: number;
}

export interface MakespanOptions {
  readonly job: JobOptions & { readonly blocks: number };
  readonly workers: readonly SimWorker[];
  readonly callMs?: CallMs;
  readonly latencyMs?: number;
}

export interface Makespan {
  readonly ms: number;
  readonly rounds: number;
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

export async function makespan(options: MakespanOptions): Promise<Makespan> {
  const { job, workers, latencyMs = LATENCY_MS } = options;
  const clock = new VirtualClock();
  const world: Owner = { alive: true, pausedUntil: 0 };
  const oracle = mixtureJob(job);
  const { problem } = oracle;
  const processes = new Map<string, WorkerProcess>();
  const coordinator = new CoordinatorProcess({
    nowMs: () => clock.nowMs,
    send: (worker, message) => {
      const process = processes.get(worker);
      if (process) clock.after(latencyMs, process, () => process.handle(message));
    },
    probe: () => undefined,
    drop: () => assert(false, 'a worker was given up'),
    note: () => undefined,
  });
  const { callMs = { least: 4, perRow: 10 } } = options;
  for (const [k, worker] of workers.entries()) {
    const id = `w${k + 1}`;
    const process = new WorkerProcess(
      {
        clock,
        callMs,
        send: (message) =>
          clock.after(latencyMs, coordinator, () => coordinator.receive(id, message)),
      },
      problem.dim,
      problem.denoiser,
    );
    processes.set(id, process);
    const { slowness = 1, slowAtMs = 0, joinsAtMs = 0, drainsAtMs } = worker;
    if (slowAtMs === 0) process.slowness = slowness;
    else clock.at(slowAtMs, world, () => (process.slowness = slowness));
    clock.at(joinsAtMs, world, () => {
      const models = [{ ...mixtureModel, curve: process.curve }];
      coordinator.dispatch({ kind: 'workerAttached', worker: id, models });
    });
    if (drainsAtMs === undefined) continue;
    clock.at(drainsAtMs, world, () => coordinator.dispatch({ kind: 'drainRequested', worker: id }));
  }
  const plan = planOf(problem, job.blocks);
  const spec = specOf(problem, job.seed ?? 1, { job: 'j' });
  clock.at(1, world, () =>
    coordinator.submit('j', { spec, plan, problem, samples: undefined, trajectory: undefined }),
  );
  const tick = (): void => {
    coordinator.dispatch({ kind: 'tick' });
    for (const id of processes.keys()) coordinator.dispatch({ kind: 'workerSeen', worker: id });
    clock.after(TICK_MS, coordinator, tick);
  };
  tick();
  const ended = () => [...coordinator.state.jobs.values()].some(isOver);
  while (!ended() && (await clock.step())) assert(clock.events < EVENTS_MAX, 'it never ends');
  const state = coordinator.state.jobs.get('j');
  const samples = coordinator.jobs.get('j')?.samples;
  assert(state?.outcome === 'converged' && samples, `the job ended ${state?.failure?.message}`);
  const wanted = (await oracle.reference()).at(-1) ?? new Float32Array();
  const error = Math.max(
    ...Array.from({ length: problem.samples }, (_, m) =>
      rmsDifference(samples, m * problem.dim, wanted, m * problem.dim, problem.dim),
    ),
  );
  const rowsOf = [...processes.values()].map(({ modelCalls }) => modelCalls);
  const { rounds, modelCalls } = state.tally;
  const callsMade = rowsOf.reduce((sum, rows) => sum + rows, 0);
  const blocks = { blocksCut: state.partition.length, blocks: state.indices };
  return {
    ...blocks,
    ms: state.endedMs - state.startedMs,
    rounds,
    modelCalls,
    callsMade,
    error,
    rowsOf,
  };
}
