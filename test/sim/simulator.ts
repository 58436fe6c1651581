/** One seed: a cluster, its jobs and its faults in virtual time, and what was wrong with it. */
import { assert } from '../../shared/kernel/assert.ts';
import { checkDisk, checkEnd, checkQuiet } from './checkers.ts';
import { submit } from './clients.ts';
import { VirtualClock, type Owner } from './clock.ts';
import { Disk } from './disk.ts';
import { hiccup, strike } from './faults.ts';
import { healedMs, machineName, startMachine, world, type Simulation } from './machines.ts';
import { randomStream } from './random.ts';
import { newCoordinator, tick } from './restart.ts';
import { drawWorkload } from './workloads.ts';

export interface SimReport {
  readonly seed: number;
  /** Undefined where everything held. */
  readonly violation: string | undefined;
  readonly events: number;
  /** Faults that hit a worker that held a block. */
  readonly hits: number;
  /** Jobs that a new coordinator went on with from a checkpoint. */
  readonly resumed: number;
  /** How often a worker that computes wrong numbers was put out for it. */
  readonly caught: number;
  /** Rounds that ended in front of a late block, of all jobs. */
  readonly stale: number;
  readonly jobs: Readonly<Record<string, number>>;
  /** Of everything that happened: the same seed gives the same. */
  readonly hash: string;
  readonly trace: readonly string[];
}

/** After these a process is gone, or silent for longer than a connection takes to come back. */
const fatal = new Set(['crash', 'pause', 'hang', 'stuck', 'drain', 'partition', 'oneWay']);
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
  let stale = 0;
  for (const { state } of sim.ending.values()) {
    stale += state.tally.staleRounds;
    jobs[state.phase] = (jobs[state.phase] ?? 0) + 1;
  }
  const { hits, resumed, caught, trace = [], clock } = sim;
  const hash = (sim.hash >>> 0).toString(16).padStart(8, '0');
  return { seed, violation, events: clock.events, hits, resumed, caught, stale, jobs, hash, trace };
}

function createSimulation(seed: number, tracing: boolean): Simulation {
  const clock = new VirtualClock();
  const workload = drawWorkload(seed);
  const syncs = randomStream(seed, 'syncs');
  const disk = new Disk({
    nowMs: () => clock.nowMs,
    sync: (done) => clock.after(syncs.between(0.1, workload.syncMs), world, done),
  });
  const coordinator = newCoordinator({ clock, workload, disk }, () => sim);
  const host: Owner = {
    get alive() {
      return sim.coordinator.alive;
    },
    get pausedUntil() {
      return sim.coordinator.pausedUntil;
    },
  };
  const sim: Simulation = {
    seed,
    clock,
    workload,
    network: randomStream(seed, 'network'),
    processes: randomStream(seed, 'processes'),
    coordinator,
    host,
    disk,
    machines: [],
    processesStarted: [],
    jobs: new Map(),
    accepted: new Set(),
    ending: new Map(),
    ended: new Set(),
    trace: tracing ? [] : undefined,
    stalls: [],
    fatal: undefined,
    registered: 0,
    hits: 0,
    resumed: 0,
    caught: 0,
    assigned: 0,
    hash: 0x811c9dc5,
  };
  return sim;
}

async function run(sim: Simulation): Promise<void> {
  const { clock, workload, ending, ended } = sim;
  for (let index = 0; index < workload.workers; index++) startMachine(sim, index);
  for (const job of workload.jobs) clock.at(job.atMs, world, () => submit(sim, job));
  for (const fault of workload.faults) clock.at(fault.atMs, world, () => strike(sim, fault));
  for (const one of workload.hiccups) clock.at(one.atMs, world, () => hiccup(sim, one));
  tick(sim);
  const last = healedMs(workload);
  let healed = false;
  while (await clock.step()) {
    assert(clock.events < EVENTS_MAX, 'too many events: something goes round in circles');
    assert(!sim.fatal, `the store has failed: ${sim.fatal?.message ?? ''}`);
    healed ||= clock.nowMs >= last;
    if (ended.size === workload.jobs.length && healed) break;
    if (clock.nowMs <= last + LIVENESS_MS) continue;
    const stuck = workload.jobs.filter(({ id }) => !ended.has(id)).map(({ id }) => id);
    assert(false, `not over ${LIVENESS_MS} ms after the last fault: ${stuck.join(', ')}`);
  }
  const deaths = workload.faults.filter(({ kind }) => fatal.has(kind)).length;
  const liar = workload.liar && machineName(workload.liar.machine);
  for (const [id, { job, oracle }] of sim.jobs) {
    const own = ending.get(id);
    assert(own, `${id} was forgotten`);
    await checkEnd({ id, job, oracle, ...own, deaths, liar });
  }
  await settle(sim);
  const states = [...ending.values()].map(({ state }) => state);
  const { state } = sim.coordinator;
  checkQuiet({ state, ended: states, workers: sim.processesStarted }, clock.nowMs);
  checkDisk(sim.disk, sim.accepted);
}

/** Whatever is on its way arrives. */
async function settle({ clock }: Simulation): Promise<void> {
  const until = clock.nowMs + 2 * 10_000;
  while (clock.nowMs < until && (await clock.step()));
}
