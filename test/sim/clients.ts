/** Who wants samples: clients that ask again until their job is taken, as the real ones do. */
import { assert } from '../../shared/kernel/assert.ts';
import { planOf, specOf } from '../support/job-spec.ts';
import * as memoryGrids from '../support/memory-grids.ts';
import { mixtureJob } from '../support/mixture-job.ts';
import type { SubmittedJob } from './coordinator-process.ts';
import { note, world, type Simulation } from './machines.ts';
import type { SimJob } from './workloads.ts';

const RETRY_MS = 300;

export function submit(sim: Simulation, job: SimJob): void {
  const { clock } = sim;
  const { solver, steps, method, window, blocks, samples, seed, tolerance, memory } = job;
  const regrid = memory && memoryGrids[memory];
  const same = { steps, method, window, blocks, samples, seed, tolerance };
  const shape = { ...same, solver, interpolate: true, ...(regrid && { regrid }) };
  sim.jobs.set(job.id, { job, oracle: mixtureJob(shape) });
  const sampler = `${memory ?? ''} ${solver}-${steps}`.trim();
  note(sim, `submit ${job.id} ${method} ${sampler} W ${window} K ${blocks}`);
  ask(sim, job);
  if (job.cancelMs === undefined) return;
  clock.after(job.cancelMs, world, () => {
    // a coordinator that is not there hears nothing, and of a job that is over there is no need
    const { coordinator } = sim;
    if (!coordinator.alive || !coordinator.state.jobs.has(job.id)) return;
    note(sim, `cancel ${job.id}`);
    coordinator.dispatch({ kind: 'cancelRequested', job: job.id });
  });
}

/** The answer may be lost with the coordinator: then it is the same job that is asked for again. */
function ask(sim: Simulation, job: SimJob): void {
  const { clock, coordinator } = sim;
  if (sim.accepted.has(job.id)) return;
  clock.after(RETRY_MS, world, () => ask(sim, job));
  if (!coordinator.alive) return;
  const taken = () => {
    if (!coordinator.alive || sim.accepted.has(job.id)) return;
    note(sim, `accepted ${job.id}`);
    sim.accepted.add(job.id);
  };
  // a store that fails is a violation of its own
  void coordinator.submit(job.id, submittedOf(sim, job.id)).then(taken, () => undefined);
}

/** All that a coordinator makes of the request. */
export function submittedOf(sim: Simulation, id: string): SubmittedJob {
  const known = sim.jobs.get(id);
  assert(known, `nobody asked for ${id}`);
  const { job, oracle } = known;
  const { method, steps, blocks, seed, client, priority, deferrals, maxLag } = job;
  // the oracle's rows have no memory to compare with
  const kept = job.keepRows && method !== 'parareal' && !job.memory;
  const { interpolation } = oracle.problem;
  const problem = {
    ...oracle.problem,
    keepRows: kept,
    ...(kept && interpolation && { interpolation: undefined }),
  };
  const trajectory = kept ? new Float32Array((steps + 1) * problem.initial.length) : undefined;
  trajectory?.set(problem.initial);
  return {
    spec: specOf(problem, seed, { job: id, keepRows: problem.keepRows }),
    plan: { ...planOf(problem, blocks), maxLag },
    problem,
    ...{ client, priority, deferrals },
    samples: undefined,
    trajectory,
  };
}
