/** A job of `mixtureJob` as the coordinator plans it and as workers are told of it. */
import type { JobPlan } from '../../coordinator/core/state.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import { freezeRule } from '../../shared/numerics/solver/freeze.ts';
import { restartsMax } from '../../shared/numerics/solver/restarts.ts';

export const mixtureModel = { name: 'mixture', sha256: 'digest' };

export function planOf(problem: DriveProblem, blocks: number): JobPlan {
  const { method, table, samples, window } = problem;
  return {
    ...freezeRule(table, problem, method.name),
    model: mixtureModel.name,
    modelSha256: mixtureModel.sha256,
    method: method.name,
    initialization: method.initialization,
    samples,
    dim: problem.dim,
    latentsPerRow: table.parts,
    window,
    blocks,
    roundsMax: problem.roundsMax ?? table.steps * (1 + restartsMax),
    guess: problem.guess !== undefined,
    given: problem.given !== undefined,
    keepRows: problem.keepRows,
    checkable: true,
    resumable: !problem.keepRows && method.order === 0,
  };
}

export function specOf(
  problem: DriveProblem,
  seed: number,
  changes: Partial<JobSpec> = {},
): JobSpec {
  const { table, method, samples, dim, window, tolerance } = problem;
  return {
    job: 'job',
    model: 'mixture6',
    modelSha256: '',
    samples,
    dim,
    seed,
    method: method.name,
    initialization: method.initialization,
    priorStd: method.priorStd,
    memory: method.memory,
    order: method.order,
    regularization: method.regularization,
    window,
    tolerance,
    ...(problem.interpolation && { interpolate: true }),
    stop: problem.stop ?? 'final',
    guidance: 0,
    guided: false,
    conditions: [],
    prediction: table.prediction,
    timesteps: table.timestep,
    signals: table.signal,
    sigmas: table.sigma,
    noiseScales: table.noiseScale,
    ...(table.rule && { rule: table.rule }),
    keepRows: false,
    ...changes,
  };
}
