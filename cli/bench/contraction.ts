/**
 * What a model's own sampler makes of a small error: sequential trajectories beside copies of them
 * that were pushed off at a dozen rows. The push is along the last change of x0-hat, since that is
 * what a frozen row is wrong by: white noise, which a denoiser removes, contracts ten times more.
 */
import { mean } from './statistics.ts';
import type { BenchInputs } from './bench-inputs.ts';
import { localJob, submitRequest, wireInputs, type LocalModel } from './local-job.ts';
import type { Contraction } from '../../shared/kernel/convergence.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import type { Rows } from '../../shared/numerics/denoiser.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { combine2, combine3 } from '../../shared/numerics/vector.ts';

/** None of those that figures are made with. */
export const contractionSeeds: readonly number[] = [9001, 9002, 9003, 9004, 9005, 9006, 9007, 9008];

const STEPS = 100;
const LEVELS = 12;
/** Small against the data, large against what float32 rounds. */
const PUSH = 1e-3;
/** A part below float32's own noise would say nothing. */
const PART_MIN = 1e-6;

/** Unguided; geometric mean over the seeds. */
export async function measureContraction(
  local: LocalModel,
  inputs: BenchInputs,
  seeds: readonly number[],
): Promise<Contraction[]> {
  const measured: Contraction[] = [];
  for (const solver of ['ddim', 'ddpm'] as const) {
    const runs: Pushed[][] = [];
    for (const seed of seeds) runs.push(await pushedRun(local, inputs, { solver, seed }));
    const [first = []] = runs;
    const logs = first.map((_, k) => mean(runs.map((run) => Math.log(run[k]?.part ?? 1))));
    measured.push({
      solver,
      sigma: first.map(({ sigma }) => Number(sigma.toPrecision(4))),
      part: logs.map((log) => Number(Math.min(1, Math.exp(log)).toPrecision(3))),
    });
  }
  return measured;
}

interface Pushed {
  readonly sigma: number;
  readonly part: number;
}

async function pushedRun(
  local: LocalModel,
  inputs: BenchInputs,
  { solver, seed }: { readonly solver: 'ddim' | 'ddpm'; readonly seed: number },
): Promise<Pushed[]> {
  const { schedule } = local.model;
  const steps = schedule.kind === 'edm' ? STEPS : Math.min(STEPS, schedule.trainSteps);
  const request = { solver, steps, seed, guidance: 1, inputs: wireInputs(inputs(seed, 1)) };
  const { problem } = await localJob(local, submitRequest(local.model.name, request));
  const rows = Array.from({ length: LEVELS - 1 }, (_, k) => Math.round(((k + 1) * steps) / LEVELS));
  const { dim, table } = problem;
  const states = await runBeside(problem, rows);
  return rows.map((row, k) => {
    const moved = rmsDifference(states, (k + 1) * dim, states, 0, dim);
    return { sigma: table.sigma[row] ?? 0, part: Math.max(PART_MIN, moved / PUSH) };
  });
}

/** x[N] of the trajectory, then of its copies, each pushed off at one of the rows. */
async function runBeside(problem: DriveProblem, rows: readonly number[]): Promise<Float32Array> {
  const { table, dim, denoiser, initial } = problem;
  const most = rows.length + 1;
  const states = new Float32Array(most * dim);
  const outputs = new Float32Array(most * dim);
  const timesteps = new Float64Array(most);
  const offsets = Int32Array.from({ length: most }, (_, k) => k * dim);
  const call = { dim, states, outputs, offsets, timesteps, samples: new Int32Array(most) };
  const [denoised, before] = [new Float32Array(dim), new Float32Array(dim)];
  states.set(initial);
  let count = 1;
  for (let i = 0; i < table.steps; i++) {
    if (rows.includes(i)) push(states, count++ * dim, { denoised, before });
    timesteps.fill(table.timestep[i] ?? 0);
    await denoiser.evaluate({ ...call, count });
    before.set(denoised);
    const [p, q] = [table.denoisedFromState[i] ?? 0, table.denoisedFromOutput[i] ?? 0];
    combine2(denoised, 0, p, states, 0, q, outputs, 0, dim);
    step(problem, i, { ...call, count });
  }
  return states;
}

/** A copy of the first state, off by PUSH along the last change of x0-hat. */
function push(
  states: Float32Array,
  at: number,
  { denoised, before }: { readonly denoised: Float32Array; readonly before: Float32Array },
): void {
  const dim = denoised.length;
  const scale = PUSH / rmsDifference(denoised, 0, before, 0, dim);
  for (let j = 0; j < dim; j++) {
    states[at + j] = (states[j] ?? 0) + scale * ((denoised[j] ?? 0) - (before[j] ?? 0));
  }
}

function step({ table, noise }: DriveProblem, i: number, rows: Rows): void {
  const { count, dim, states, outputs } = rows;
  const [a, b, c] = [table.stateScale[i] ?? 0, table.outputScale[i] ?? 0, table.noiseScale[i] ?? 0];
  const xi = new Float32Array(dim);
  if (c !== 0) noise(i, 0, xi, 0);
  for (let at = 0; at < count * dim; at += dim) {
    if (c === 0) combine2(states, at, a, states, at, b, outputs, at, dim);
    else combine3(states, at, a, states, at, b, outputs, at, c, xi, 0, dim);
  }
}
