/** One seed: a cluster, its jobs and its faults in virtual time, and what was wrong with it. */
import { assert } from '../../shared/kernel/assert.ts';
import { isOver } from '../../coordinator/core/state.ts';
import { mixtureModel, planOf, specOf } from '../support/job-spec.ts';
import { mixtureJob, type Job } from '../support/mixture-job.ts';
import { checkEnd, checkQuiet } from './checkers.ts';
import { VirtualClock, type Owner } from './clock.ts';
import { CoordinatorProcess, type CoordinatorPorts } from './coordinator-process.ts';
import { Connection, type NetworkFaults } from './network.ts';
import { randomStream, type Random } from './random.ts';
import { WorkerProcess } from './worker-process.ts';
import { drawWorkload, type Fault, type SimJob, type Workload } from './workloads.ts';

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

const HEARTBEAT_MS = 1_000;
const TICK_MS = 500;
/** Workers are measured for about this long. */
const FIGURES_MS = 150;
const REDIAL_MS = { least: 50, most: 600 };
const RESTART_MS = { least: 100, most: 1_500 };
/** After the last fault every job ends within this time: a lease, and the rounds of a job. */
const LIVENESS_MS = 60_000;
const EVENTS_MAX = 400_000;

/** A worker of the cluster through its lives, and its connection. */
interface Machine {
  readonly index: number;
  process: WorkerProcess;
  connection: Connection | undefined;
  /** As the coordinator calls it. */
  id: string | undefined;
  draining: boolean;
}

interface Simulation {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly workload: Workload;
  readonly network: Random;
  readonly processes: Random;
  readonly coordinator: CoordinatorProcess;
  readonly machines: Machine[];
  /** All that ever ran. */
  readonly processesStarted: WorkerProcess[];
  readonly jobs: Map<string, { readonly job: SimJob; readonly oracle: Job }>;
  readonly trace: string[] | undefined;
  registered: number;
  hits: number;
  hash: number;
}

/** Of every job. */
const { problem: model } = mixtureJob({ solver: 'ddim', steps: 2, method: 'secant' });

/** Nobody's: faults and jobs come from outside. */
const world: Owner = { alive: true, pausedUntil: 0 };

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
    drop: (worker) => machineOf(sim, worker)?.connection?.break(),
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
    registered: 0,
    hits: 0,
    hash: 0x811c9dc5,
  };
  return sim;
}

function note(sim: Simulation, line: string): void {
  const text = `${sim.clock.nowMs.toFixed(3)} ${line}`;
  sim.trace?.push(text);
  for (let k = 0; k < text.length; k++) {
    sim.hash = Math.imul(sim.hash ^ text.charCodeAt(k), 0x01000193);
  }
}

function machineOf({ machines }: Simulation, id: string): Machine | undefined {
  return machines.find((machine) => machine.id === id);
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

/** From then on nothing breaks any more. */
function healedMs({ healMs, faults }: Workload): number {
  return Math.max(healMs, ...faults.map(({ atMs, ms }) => atMs + ms));
}

function networkNow({ clock, workload }: Simulation): NetworkFaults {
  const { network } = workload;
  return clock.nowMs < healedMs(workload) ? network : { ...network, loss: 0 };
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

function newProcess(sim: Simulation, index: number): WorkerProcess {
  const ports = {
    clock: sim.clock,
    send: (message: Parameters<CoordinatorProcess['receive']>[1]) => {
      const machine = sim.machines[index];
      const { id, connection } = machine ?? {};
      if (id === undefined || !connection) return;
      const { kind, fence } = message;
      const told = `${id} ${kind} ${fence.job}/${fence.block} r${fence.round}`;
      connection.send(
        'up',
        () => {
          note(sim, `<- ${told}`);
          sim.coordinator.receive(id, message);
        },
        () => {
          note(sim, `<- ${told} again`);
          sim.coordinator.receiveAgain(id, message);
        },
      );
    },
  };
  const process = new WorkerProcess(ports, model.dim, model.denoiser);
  sim.processesStarted.push(process);
  return process;
}

function startMachine(sim: Simulation, index: number): void {
  const process = newProcess(sim, index);
  const machine: Machine = {
    index,
    process,
    connection: undefined,
    id: undefined,
    draining: false,
  };
  sim.machines[index] = machine;
  dial(sim, machine);
}

/** Registers, and beats as long as the connection lasts. */
function dial(sim: Simulation, machine: Machine): void {
  const { clock, coordinator, network } = sim;
  const { process } = machine;
  const { curve } = process;
  const connection = new Connection(clock, network, () => networkNow(sim), {
    coordinator,
    worker: process,
    onBroken: {
      up: () => lose(sim, id),
      down: () => {
        process.runtime.reset();
        if (machine.connection === connection) redial(sim, machine);
      },
    },
  });
  const id = `w${++sim.registered}`;
  machine.connection = connection;
  machine.id = id;
  connection.send('up', () => {
    note(sim, `attach ${id}`);
    const models = [{ ...mixtureModel, curve }];
    coordinator.dispatch({ kind: 'workerAttached', worker: id, models });
  });
  if (machine.draining) connection.send('up', () => drain(sim, id));
  beat(sim, machine, connection);
}

function drain({ coordinator }: Simulation, worker: string): void {
  coordinator.dispatch({ kind: 'drainRequested', worker });
}

function beat(sim: Simulation, machine: Machine, connection: Connection): void {
  const { id = '', process } = machine;
  sim.clock.after(HEARTBEAT_MS, process, () => {
    if (!connection.open) return;
    connection.send('up', () => sim.coordinator.dispatch({ kind: 'workerSeen', worker: id }));
    beat(sim, machine, connection);
  });
}

function lose(sim: Simulation, id: string): void {
  note(sim, `lost ${id}`);
  sim.coordinator.dispatch({ kind: 'workerLost', worker: id });
}

function redial(sim: Simulation, machine: Machine): void {
  machine.connection = undefined;
  machine.id = undefined;
  const ms = sim.processes.between(REDIAL_MS.least, REDIAL_MS.most);
  sim.clock.after(ms, machine.process, () => dial(sim, machine));
}

function strike(sim: Simulation, { kind, worker, ms }: Fault): void {
  const { clock, coordinator, machines } = sim;
  const machine = machines[worker];
  if (!machine) return;
  note(sim, `fault ${kind} ${machine.id ?? '-'} ${ms.toFixed(0)} ms`);
  if (machine.process.runtime.held > 0) sim.hits++;
  switch (kind) {
    case 'crash':
      return crash(sim, machine);
    case 'pause':
      machine.process.pausedUntil = Math.max(machine.process.pausedUntil, clock.nowMs + ms);
      return;
    case 'hang':
      // for good: what it holds is lost when its lease runs out, and somebody starts another one
      machine.process.pausedUntil = Infinity;
      return clock.after(ms, world, () => startMachine(sim, sim.machines.length));
    case 'slow': {
      const { process } = machine;
      process.slowness = 10;
      return clock.after(ms, world, () => (process.slowness = 1));
    }
    case 'partition':
      machine.connection?.stall('up', ms);
      machine.connection?.stall('down', ms);
      return;
    case 'oneWay':
      machine.connection?.stall(ms % 2 < 1 ? 'up' : 'down', ms);
      return;
    case 'reset':
      machine.connection?.break();
      return;
    case 'drain':
      machine.draining = true;
      if (machine.id !== undefined) drain(sim, machine.id);
      // an operator drains a worker and starts another one in its place
      return clock.after(ms, world, () => {
        machine.draining = false;
        crash(sim, machine);
      });
    case 'stall':
      coordinator.pausedUntil = clock.nowMs + Math.min(ms, 2_000);
  }
}

/** Its memory is gone; the kernel ends its connection, and a supervisor starts it again. */
function crash(sim: Simulation, machine: Machine): void {
  const { clock, processes } = sim;
  machine.connection?.break();
  machine.process.alive = false;
  machine.connection = undefined;
  machine.id = undefined;
  const process = newProcess(sim, machine.index);
  machine.process = process;
  clock.after(processes.between(RESTART_MS.least, RESTART_MS.most), process, () =>
    dial(sim, machine),
  );
}
