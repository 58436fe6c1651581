/** The lives of a simulated coordinator, on the disk that outlives them. */
import { TICK_MS } from '../../coordinator/core/leases.ts';
import { checkDrop } from './checkers.ts';
import { submittedOf } from './clients.ts';
import { CoordinatorProcess, type CoordinatorPorts } from './coordinator-process.ts';
import { machineOf, note, sayAlive, world, type Simulation } from './machines.ts';

/** Workers are measured for about this long. */
const FIGURES_MS = 150;

type Place = Pick<Simulation, 'clock' | 'workload' | 'disk'>;

/** @param simulation known once the coordinator acts */
export function newCoordinator(place: Place, simulation: () => Simulation): CoordinatorProcess {
  const { clock, workload, disk } = place;
  const { jobsRunningMax, checkpointMs, spotCheckEvery } = workload;
  const ports: CoordinatorPorts = {
    nowMs: () => clock.nowMs,
    send: (worker, message) => {
      const sim = simulation();
      const machine = machineOf(sim, worker);
      const what = 'fence' in message ? ` ${message.fence.job}/${message.fence.block}` : '';
      note(sim, `-> ${worker} ${message.kind}${what}`);
      const { process } = machine ?? {};
      machine?.connection?.send('down', () => process?.handle(message));
    },
    probe: (worker) => {
      const machine = machineOf(simulation(), worker);
      machine?.connection?.send('down', () => sayAlive(simulation(), machine));
    },
    drop: (worker, why) => {
      const sim = simulation();
      note(sim, `drop ${worker}`);
      const machine = machineOf(sim, worker);
      if (machine) checkDrop(sim, machine, why);
      machine?.connection?.break();
    },
    note: (line) => note(simulation(), line),
    later: (act) => clock.after(FIGURES_MS, world, act),
    after: (ms, act) => clock.after(ms, coordinator, act),
    fatal: (error) => void (simulation().fatal = error),
    ending: (state, submitted) => void simulation().ending.set(state.id, { state, submitted }),
    ended: (job) => void simulation().ended.add(job),
  };
  const own = { jobsRunningMax, checkpointMs, spotCheckEvery, disk };
  const coordinator = new CoordinatorProcess(ports, own);
  return coordinator;
}

export function restartCoordinator(sim: Simulation): void {
  note(sim, 'coordinator starts');
  const coordinator = newCoordinator(sim, () => sim);
  sim.coordinator = coordinator;
  for (const job of sim.ending.keys()) if (coordinator.hasEnded(job)) sim.ended.add(job);
  tick(sim);
  void coordinator
    .restore((job) => submittedOf(sim, job))
    .then((resumed) => {
      note(sim, `resumed ${resumed}`);
      sim.resumed += resumed;
    });
}

export function tick(sim: Simulation): void {
  const { clock, coordinator } = sim;
  clock.after(TICK_MS, coordinator, () => {
    coordinator.dispatch({ kind: 'tick' });
    tick(sim);
  });
}
