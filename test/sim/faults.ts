/** What goes wrong in a simulated cluster, and what must not follow from it. */
import { TICK_MS } from '../../coordinator/core/leases.ts';
import { crash, drain, HANG_MS, note, startMachine, world } from './machines.ts';
import type { Machine, Simulation } from './machines.ts';
import { restartCoordinator } from './restart.ts';
import type { Fault, Hiccup } from './workloads.ts';

/** Longer than a lease, shorter than what a worker waits for an answer. */
const STALL_MS_MAX = 8_000;
/** A supervisor starts a coordinator again sooner than that. */
const DOWN_MS_MAX = 2_000;

export function strike(sim: Simulation, fault: Fault): void {
  const { kind, worker, ms } = fault;
  if (kind === 'coordinatorKill' || kind === 'powerLoss') return lose(sim, kind, ms);
  const machine = sim.machines[worker];
  if (!machine) return;
  note(sim, `fault ${kind} ${machine.id ?? '-'} ${ms.toFixed(0)} ms`);
  if (machine.process.runtime.held > 0) sim.hits++;
  if (kind === 'stall') return stall(sim, ms);
  strikeMachine(sim, machine, { kind, ms });
}

/** Whatever else it is hit by. */
export function hiccup({ clock, machines }: Simulation, { worker, ms }: Hiccup): void {
  const process = machines[worker]?.process;
  if (process) process.pausedUntil = Math.max(process.pausedUntil, clock.nowMs + ms);
}

type MachineFault = Exclude<Fault['kind'], 'coordinatorKill' | 'powerLoss' | 'stall'>;

function strikeMachine(
  sim: Simulation,
  machine: Machine,
  { kind, ms }: { readonly kind: MachineFault; readonly ms: number },
): void {
  const { clock } = sim;
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
      process.slowness *= 10;
      return clock.after(ms, world, () => (process.slowness /= 10));
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
    case 'stuck':
      return stick(sim, machine, ms);
  }
}

function stall({ clock, coordinator, stalls }: Simulation, ms: number): void {
  coordinator.pausedUntil = clock.nowMs + Math.min(ms, STALL_MS_MAX);
  stalls.push({ fromMs: clock.nowMs, toMs: coordinator.pausedUntil });
}

/** The process is gone, and with the power whatever was not synced; it starts again. */
function lose(sim: Simulation, kind: 'coordinatorKill' | 'powerLoss', ms: number): void {
  const { clock, coordinator, machines, disk } = sim;
  if (!coordinator.alive) return;
  note(sim, `fault ${kind} ${ms.toFixed(0)} ms`);
  if (machines.some(({ process }) => process.runtime.held > 0)) sim.hits++;
  coordinator.alive = false;
  if (kind === 'powerLoss') disk.crash();
  for (const { connection } of machines) connection?.break();
  clock.after(Math.min(ms, DOWN_MS_MAX), world, () => restartCoordinator(sim));
}

/** Its watchdog ends it, or it has none that works, and somebody restarts it some day. */
function stick(sim: Simulation, machine: Machine, ms: number): void {
  const { clock, processes } = sim;
  const { process } = machine;
  process.stuck = true;
  const restart = (): void => {
    if (machine.process === process) crash(sim, machine);
  };
  if (processes.chance(0.5)) {
    const watch = (): void => {
      if (process.progressAgeMs > HANG_MS.worker) restart();
      else clock.after(TICK_MS, process, watch);
    };
    watch();
  }
  clock.after(ms, world, restart);
}
