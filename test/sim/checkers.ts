/** What must hold of a simulation at its end; what must hold all the time is in the core. */
import { assert } from '../../shared/kernel/assert.ts';
import { TICK_MS } from '../../coordinator/core/leases.ts';
import { isOver, type JobState, type State } from '../../coordinator/core/state.ts';
import { drive } from '../../shared/numerics/drive.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import type { Job } from '../support/mixture-job.ts';
import type { SubmittedJob } from './coordinator-process.ts';
import type { Disk } from './disk.ts';
import { isLying, type Machine, type Simulation } from './machines.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { SimJob } from './workloads.ts';

export interface EndedJob {
  readonly id: string;
  readonly job: SimJob;
  readonly oracle: Job;
  readonly state: JobState;
  readonly submitted: SubmittedJob;
  /** Faults that end a process, or keep it from coming back soon. */
  readonly deaths: number;
  /** Its name, where a machine computes wrong numbers. */
  readonly liar: string | undefined;
}

/** I1, I3: the sequential sampler's samples, or a reason that the workload has. */
export async function checkEnd(ended: EndedJob): Promise<void> {
  const { id, job, oracle, state, submitted, deaths, liar } = ended;
  const { phase, outcome, failure, errors } = state;
  if (phase === 'cancelled') return assert(job.cancelMs !== undefined, `${id} cancelled itself`);
  if (failure?.code === 'POISON_JOB') {
    return assert(deaths >= 3, `${id} is said to have killed three workers, and ${deaths} died`);
  }
  // two workers that disagree cannot say who is right
  if (failure?.code === 'DISPUTED') return assert(liar, `${id}: ${failure.message}`);
  assert(phase === 'done', `${id} is ${phase}: ${failure?.message ?? ''}`);
  assert(outcome === 'converged', `${id} ended ${outcome ?? 'without an outcome'}`);
  const { samples } = submitted;
  assert(samples, `${id} is done without samples`);
  // its numbers are in the job, and nobody could check them, which the job says
  if (liar !== undefined && state.checks.dropped.includes(liar)) return;
  const rows = await oracle.reference();
  const wanted = rows.at(-1) ?? new Float32Array();
  const { dim } = oracle.problem;
  for (let m = 0; m < job.samples; m++) {
    const error = rmsDifference(samples, m * dim, wanted, m * dim, dim);
    const text = `${id} sample ${m} is ${error} from the sequential one, not ${job.tolerance}`;
    // a rule is no proof: where it fails it fails in one process as well, unless rows started anew
    const anew = state.roundsLost > 0 ? 2 * job.tolerance : job.tolerance;
    if (error > anew) assert(await isLostAnyway(oracle, m, wanted), text);
  }
  assert(Math.max(...errors.bound) >= 0, `${id} has an error bound that is no number`);
  if (submitted.trajectory && state.rowsLost === '' && job.tolerance === 0) {
    checkTrajectory(id, submitted.trajectory, rows);
  }
}

async function isLostAnyway({ problem }: Job, m: number, wanted: Float32Array): Promise<boolean> {
  const { samples } = await drive(problem);
  const { dim, tolerance } = problem;
  return tolerance > 0 && rmsDifference(samples, m * dim, wanted, m * dim, dim) > tolerance;
}

function checkTrajectory(id: string, found: Float32Array, rows: readonly Float32Array[]): void {
  for (const [k, row] of rows.entries()) {
    const error = rmsDifference(found, (k + 1) * row.length, row, 0, row.length);
    assert(error === 0, `${id} handed over row ${k + 1} with an error of ${error}`);
  }
}

export interface Quiet {
  readonly state: State;
  /** Every job as it was when it ended. */
  readonly ended: readonly JobState[];
  readonly workers: readonly WorkerProcess[];
}

/** I8, I9: no more work is counted than was done, and nobody holds blocks of jobs that are over. */
export function checkQuiet({ state, ended, workers }: Quiet, nowMs: number): void {
  for (const job of state.jobs.values()) {
    assert(isOver(job) && job.blocks.length === 0, `${job.id} is not over or holds blocks`);
  }
  const counted = ended.reduce((sum, job) => sum + job.tally.modelCalls, 0);
  const done = workers.reduce((sum, { modelCalls }) => sum + modelCalls, 0);
  assert(counted <= done, `${counted} model calls are counted, and ${done} were made`);
  for (const [k, { runtime, alive, pausedUntil }] of workers.entries()) {
    if (!alive || pausedUntil > nowMs) continue;
    assert(runtime.held === 0, `worker ${k} holds ${runtime.held} blocks of jobs that are over`);
  }
}

/** I3, I4: what was accepted is on the disk, and has ended there once. */
export function checkDisk({ events, files }: Disk, accepted: ReadonlySet<string>): void {
  for (const job of accepted) {
    const own = events.filter((event) => event.job === job).map(({ kind }) => kind);
    const ends = own.filter((kind) => kind === 'done' || kind === 'failed' || kind === 'cancelled');
    assert(own[0] === 'accepted' && ends.length === 1, `${job} on disk: ${own.join(', ')}`);
  }
  const left = files.filter((name) => name.includes('.at-'));
  assert(left.length === 0, `checkpoints of jobs that are over are left: ${left.join(', ')}`);
}

/** Whoever is alive and can be heard is not given up because the coordinator itself stood still. */
export function checkDrop(sim: Simulation, machine: Machine, why: string): void {
  const { clock, stalls } = sim;
  const { id, process, connection } = machine;
  if (why.includes('from that of')) {
    assert(isLying(sim, machine.index), `${id} is accused and computes right numbers: ${why}`);
    sim.caught++;
    return;
  }
  const stall = stalls.find(({ toMs }) => toMs <= clock.nowMs && clock.nowMs <= toMs + TICK_MS);
  if (!stall || !connection) return;
  const heard = connection.open && connection.stalledUntil('up') < stall.fromMs;
  const running = process.alive && process.pausedUntil < stall.fromMs && !process.stuck;
  assert(!heard || !running, `${id} is given up because the coordinator stood still`);
}
