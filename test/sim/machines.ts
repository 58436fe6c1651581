/** The workers of a simulated cluster: how they register, beat, lose each other and come back. */
import { createLease } from '../../worker/core/lease.ts';
import type { Lease } from '../../worker/core/lease.ts';
import type { JobState } from '../../coordinator/core/state.ts';
import { mixtureModel } from '../support/job-spec.ts';
import { mixtureJob, type Job } from '../support/mixture-job.ts';
import type { Owner, VirtualClock } from './clock.ts';
import { LEASE_MS } from './coordinator-process.ts';
import type { CoordinatorProcess, SubmittedJob } from './coordinator-process.ts';
import type { Disk } from './disk.ts';
import { Connection, type NetworkFaults } from './network.ts';
import type { Random } from './random.ts';
import { WorkerProcess } from './worker-process.ts';
import type { SimJob, Workload } from './workloads.ts';

const HEARTBEAT_MS = 1_000;
/** Without an answer for so long a worker gives itself up. */
const FENCE_MS = 2 * LEASE_MS;
/** A model call that takes longer hangs, says the watchdog; the coordinator waits longer. */
export const HANG_MS = { worker: 3_000, coordinator: 4_500 };
const REDIAL_MS = { least: 50, most: 600 };
const RESTART_MS = { least: 100, most: 1_500 };

/** A worker of the cluster through its lives, and its connection. */
export interface Machine {
  readonly index: number;
  process: WorkerProcess;
  connection: Connection | undefined;
  lease: Lease;
  /** As the coordinator calls it. */
  id: string | undefined;
  /** The id that its process had last. */
  previous: string | undefined;
  draining: boolean;
}

export interface Simulation {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly workload: Workload;
  readonly network: Random;
  readonly processes: Random;
  /** The one that runs, or the last that did. */
  coordinator: CoordinatorProcess;
  /** Its machine: whatever reaches it reaches the process that runs then. */
  readonly host: Owner;
  readonly disk: Disk;
  readonly machines: Machine[];
  /** All that ever ran. */
  readonly processesStarted: WorkerProcess[];
  readonly jobs: Map<string, { readonly job: SimJob; readonly oracle: Job }>;
  /** Jobs that clients were told to be safe. */
  readonly accepted: Set<string>;
  /** Jobs as they were when they were over the last time, written down or not yet. */
  readonly ending: Map<string, { readonly state: JobState; readonly submitted: SubmittedJob }>;
  /** Those that are written down. */
  readonly ended: Set<string>;
  readonly trace: string[] | undefined;
  /** When the coordinator stood still. */
  readonly stalls: { readonly fromMs: number; readonly toMs: number }[];
  /** Why nothing can be promised any more. */
  fatal: Error | undefined;
  registered: number;
  hits: number;
  /** Jobs that a new coordinator went on with from a checkpoint. */
  resumed: number;
  /** How often a worker that computes wrong numbers was put out for it. */
  caught: number;
  /** Blocks that were assigned. */
  assigned: number;
  hash: number;
}

/** Of every job. */
const { problem: model } = mixtureJob({ solver: 'ddim', steps: 2, method: 'secant' });

/** Nobody's: faults and jobs come from outside. */
export const world: Owner = { alive: true, pausedUntil: 0 };

export function note(sim: Simulation, line: string): void {
  const text = `${sim.clock.nowMs.toFixed(3)} ${line}`;
  sim.trace?.push(text);
  for (let k = 0; k < text.length; k++) {
    sim.hash = Math.imul(sim.hash ^ text.charCodeAt(k), 0x01000193);
  }
}

export function machineOf({ machines }: Simulation, id: string): Machine | undefined {
  return machines.find((machine) => machine.id === id);
}

/** From then on nothing breaks any more. */
export function healedMs({ healMs, faults }: Workload): number {
  return Math.max(healMs, ...faults.map(({ atMs, ms }) => atMs + ms));
}

/** What its workers call themselves. */
export function machineName(index: number): string {
  return `machine-${index}`;
}

function networkNow({ clock, workload }: Simulation): NetworkFaults {
  const { network } = workload;
  return clock.nowMs < healedMs(workload) ? network : { ...network, loss: 0 };
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
  const lies = (): boolean => isLying(sim, index);
  const refuses = (): boolean => sim.workload.refusals.includes(sim.assigned++);
  const process = new WorkerProcess({ ...ports, lies, refuses }, model.dim, model.denoiser);
  process.slowness = sim.workload.slowness[index] ?? 1;
  sim.processesStarted.push(process);
  return process;
}

/** Its hardware is broken: no start of its process helps. */
export function isLying({ workload, clock }: Simulation, machine: number): boolean {
  const { liar } = workload;
  return liar?.machine === machine && clock.nowMs >= liar.atMs;
}

export function startMachine(sim: Simulation, index: number): void {
  const process = newProcess(sim, index);
  const machine: Machine = {
    index,
    process,
    connection: undefined,
    lease: createLease(sim.clock.nowMs),
    id: undefined,
    previous: undefined,
    draining: false,
  };
  sim.machines[index] = machine;
  dial(sim, machine);
}

/** Registers, and beats as long as the connection lasts. */
function dial(sim: Simulation, machine: Machine): void {
  const { clock, host, network } = sim;
  const { process } = machine;
  const { curve } = process;
  // nobody listens
  if (!host.alive) return redial(sim, machine);
  const connection = new Connection(clock, network, () => networkNow(sim), {
    coordinator: host,
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
  const { previous } = machine;
  machine.connection = connection;
  machine.id = id;
  connection.send('up', () => {
    const name = machineName(machine.index);
    const { untilMs = 0 } = sim.coordinator.state.trust.get(name) ?? {};
    // refused, and told why
    if (untilMs > clock.nowMs) return connection.break();
    note(sim, `attach ${id}`);
    const { coordinator: hangMs } = HANG_MS;
    const models = [{ ...mixtureModel, curve }];
    const known = { name, previous };
    sim.coordinator.dispatch({ kind: 'workerAttached', worker: id, models, hangMs, ...known });
    // a worker learns its id from the answer
    connection.send('down', () => void (machine.previous = id));
  });
  if (machine.draining) connection.send('up', () => drain(sim, id));
  machine.lease = createLease(clock.nowMs);
  beat(sim, machine, connection);
}

export function drain({ coordinator }: Simulation, worker: string): void {
  coordinator.dispatch({ kind: 'drainRequested', worker });
}

function beat(sim: Simulation, machine: Machine, connection: Connection): void {
  const { process, lease } = machine;
  sim.clock.after(HEARTBEAT_MS, process, () => {
    if (!connection.open || machine.connection !== connection) return;
    if (lease.silentMs(sim.clock.nowMs) > FENCE_MS) return fence(sim, machine);
    sayAlive(sim, machine);
    beat(sim, machine, connection);
  });
}

/** What its main thread says, whatever its model does. */
export function sayAlive(sim: Simulation, { id = '', process, connection, lease }: Machine): void {
  const { progressAgeMs } = process;
  const number = lease.sent(sim.clock.nowMs);
  connection?.send('up', () => {
    sim.coordinator.dispatch({ kind: 'workerSeen', worker: id, progressAgeMs });
    connection.send('down', () => lease.heard(number));
  });
}

/** It has heard nothing for too long: what it holds is nobody's, and it dials anew. */
function fence(sim: Simulation, machine: Machine): void {
  note(sim, `fence ${machine.id ?? '-'}`);
  const { connection, process } = machine;
  redial(sim, machine);
  process.runtime.reset();
  connection?.break();
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

/** Its memory is gone; the kernel ends its connection, and a supervisor starts it again. */
export function crash(sim: Simulation, machine: Machine): void {
  const { clock, processes } = sim;
  machine.connection?.break();
  machine.process.alive = false;
  machine.connection = undefined;
  machine.id = undefined;
  machine.previous = undefined;
  const process = newProcess(sim, machine.index);
  machine.process = process;
  clock.after(processes.between(RESTART_MS.least, RESTART_MS.most), process, () =>
    dial(sim, machine),
  );
}
