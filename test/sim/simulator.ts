/** One seed: a cluster, its jobs and its faults in virtual time, and what was wrong with it. */
import { assert } from '../../shared/kernel/assert.ts';
import { TICK_MS } from '../../coordinator/core/leases.ts';
import { isOver } from '../../coordinator/core/state.ts';
import { planOf, specOf } from '../support/job-spec.ts';
import { mixtureJob } from '../support/mixture-job.ts';
import { checkEnd, checkQuiet } from './checkers.ts';
import { VirtualClock } from './clock.ts';
import { CoordinatorProcess, type CoordinatorPorts } from './coordinator-process.ts';
import { checkDrop, strike } from './faults.ts';
import { healedMs, machineOf, note, sayAlive, startMachine, world } from './machines.ts';
import type { Simulation } from './machines.ts';
import { randomStream } from './random.ts';
import { drawWorkload, type SimJob } from './workloads.ts';

export interface SimReport {
  readonly seed: number;
  /** Undefined where everything held. */
  readonly violation: string | undefined;
  readonly events: number;
  /** Faults that hit a worker that held a block. */
  readonly hits: number;
  readonly jobs: Readonly<Record<string, number>>;
  /** Of everything that happened: the same seed gives the same. */
  readonly hash: string;
  readonly trace: readonly string[];
}

/** Workers are measured for about this long. */
const FIGURES_MS = 150;
/** After the last fault every job ends within this time: a lease, and the rounds of a job. */
const LIVENESS_MS = 60_000;
const EVENTS_MAX = 400_000;

export async function simulate(seed: number, tracing = false): Promise<SimReport> {
  const sim = createSimulation(seed, tracing);
  let violation: string | undefined;
  try {
    await run(sim);
  } catch (error) {
    violation = error instanceof Error ? error.message : String(error);
  }
  const jobs: Record<string, number> = {};
  for (const { phase } of sim.coordinator.state.jobs.values()) jobs[phase] = (jobs[phase] ?? 0) + 1;
  const { hits, trace = [], clock } = sim;
  const hash = (sim.hash >>> 0).toString(16).padStart(8, '0');
  return { seed, violation, events: clock.events, hits, jobs, hash, trace };
}

function createSimulation(seed: number, tracing: boolean): Simulation {
  const clock = new VirtualClock();
  const workload = drawWorkload(seed);
  const ports: CoordinatorPorts = {
    nowMs: () => clock.nowMs,
    send: (worker, message) => {
      const machine = machineOf(sim, worker);
      const what = 'fence' in message ? ` ${message.fence.job}/${message.fence.block}` : '';
      note(sim, `-> ${worker} ${message.kind}${what}`);
      const { process } = machine ?? {};
      machine?.connection?.send('down', () => process?.handle(message));
    },
    probe: (worker) => {
      const machine = machineOf(sim, worker);
      machine?.connection?.send('down', () => sayAlive(sim, machine));
    },
    drop: (worker) => {
      note(sim, `drop ${worker}`);
      const machine = machineOf(sim, worker);
      if (machine) checkDrop(sim, machine);
      machine?.connection?.break();
    },
    note: (line) => note(sim, line),
    later: (act) => clock.after(FIGURES_MS, world, act),
  };
  const coordinator = new CoordinatorProcess(ports, workload.jobsRunningMax);
  const sim: Simulation = {
    seed,
    clock,
    workload,
    network: randomStream(seed, 'network'),
    processes: randomStream(seed, 'processes'),
    coordinator,
    machines: [],
    processesStarted: [],
    jobs: new Map(),
    trace: tracing ? [] : undefined,
    stalls: [],
    registered: 0,
    hits: 0,
    hash: 0x811c9dc5,
  };
  return sim;
}

async function run(sim: Simulation): Promise<void> {
  const { clock, workload, coordinator } = sim;
  for (let index = 0; index < workload.workers; index++) startMachine(sim, index);
  for (const job of workload.jobs) clock.at(job.atMs, world, () => submit(sim, job));
  for (const fault of workload.faults) clock.at(fault.atMs, world, () => strike(sim, fault));
  tick(sim);
  const last = healedMs(workload);
  let healed = false;
  while (await clock.step()) {
    assert(clock.events < EVENTS_MAX, 'too many events: something goes round in circles');
    healed ||= clock.nowMs >= last;
    const jobs = [...coordinator.state.jobs.values()];
    const over = jobs.length === workload.jobs.length && jobs.every(isOver);
    if (over && healed) break;
    if (clock.nowMs <= last + LIVENESS_MS) continue;
    const stuck = jobs.filter((job) => !isOver(job)).map(({ id, phase }) => `${id} ${phase}`);
    assert(false, `not over ${LIVENESS_MS} ms after the last fault: ${stuck.join(', ')}`);
  }
  for (const [id, { job, oracle }] of sim.jobs) {
    await checkEnd({ id, job, oracle, coordinator });
  }
  await settle(sim);
  checkQuiet(coordinator.state, sim.processesStarted, clock.nowMs);
}

/** Whatever is on its way arrives. */
async function settle({ clock }: Simulation): Promise<void> {
  const until = clock.nowMs + 2 * 10_000;
  while (clock.nowMs < until && (await clock.step()));
}

function tick(sim: Simulation): void {
  const { clock, coordinator } = sim;
  clock.after(TICK_MS, coordinator, () => {
    coordinator.dispatch({ kind: 'tick' });
    tick(sim);
  });
}

function submit(sim: Simulation, job: SimJob): void {
  const { coordinator, clock } = sim;
  const { solver, steps, method, window, blocks, samples, seed, tolerance, keepRows } = job;
  const shape = { solver, steps, method, window, blocks, samples, seed, tolerance } as const;
  const oracle = mixtureJob(shape);
  const problem = { ...oracle.problem, keepRows: keepRows && method !== 'parareal' };
  sim.jobs.set(job.id, { job, oracle });
  note(sim, `submit ${job.id} ${method} ${solver}-${steps} W ${window} K ${blocks}`);
  const trajectory = problem.keepRows
    ? new Float32Array((steps + 1) * problem.initial.length)
    : undefined;
  trajectory?.set(problem.initial);
  coordinator.submit(job.id, {
    spec: specOf(problem, seed, { job: job.id, keepRows: problem.keepRows }),
    plan: planOf(problem, blocks),
    problem,
    ...{ client: job.client, priority: job.priority, deferrals: job.deferrals },
    samples: undefined,
    trajectory,
  });
  if (job.cancelMs === undefined) return;
  clock.after(job.cancelMs, world, () => {
    note(sim, `cancel ${job.id}`);
    coordinator.dispatch({ kind: 'cancelRequested', job: job.id });
  });
}
