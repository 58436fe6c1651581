/** A DDPM job on the analytic denoiser of patches, with the sequential oracle beside it. */
import { fillNormal, noiseStream, type SeedWords } from '../../shared/kernel/random.ts';
import { scheduleLevels } from '../../shared/numerics/analytic.ts';
import type { Denoiser } from '../../shared/numerics/denoiser.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import { partition } from '../../shared/numerics/partition.ts';
import { predictPatches, type PatchMixture } from '../../shared/numerics/patch-mixture.ts';
import { alphaBars } from '../../shared/numerics/schedule.ts';
import { sequential, type NoiseSource } from '../../shared/numerics/sequential.ts';
import { method } from '../../shared/numerics/solver/method.ts';
import { buildGrid } from '../../shared/numerics/grid.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';

const schedule = { kind: 'linear', trainSteps: 1000, betaStart: 1e-4, betaEnd: 0.02 } as const;

export interface PatchJobOptions {
  readonly steps: number;
  readonly window: number;
  readonly seed: SeedWords;
}

export function patchJob(
  mixture: PatchMixture,
  { steps, window, seed }: PatchJobOptions,
): { readonly problem: DriveProblem; reference(): Promise<Float32Array> } {
  const { dim, dataStd } = mixture;
  const levels = scheduleLevels(alphaBars(schedule));
  const denoiser: Denoiser = {
    evaluate: async ({ count, timesteps, offsets, states, outputs }) => {
      for (let k = 0; k < count; k++) {
        const at = offsets[k] ?? 0;
        predictPatches(mixture, levels(timesteps[k] ?? 0), { states, outputs }, at);
      }
      return { forwardPasses: count, microBatches: 1, modelMs: 0, queueMs: 0, elapsedMs: 0 };
    },
  };
  const noise: NoiseSource = (step, sample, out, at) =>
    fillNormal(out, at, dim, { seed, stream: noiseStream.step, sample, step });
  const initial = new Float32Array(dim);
  fillNormal(initial, 0, dim, { seed, stream: noiseStream.initial, sample: 0, step: 0 });
  const grid = buildGrid({
    schedule,
    spacing: 'linspace',
    offset: 0,
    terminalAlphaBar: 1,
    steps,
    solver: { kind: 'ddpm' },
    prediction: 'epsilon',
  });
  const problem: DriveProblem = {
    table: stepTable(grid),
    samples: 1,
    dim,
    window,
    tolerance: 0.01,
    method: method('secant', { priorStd: dataStd }),
    noise,
    denoiser,
    initial,
    guess: new Float32Array(dim),
    blocks: partition(steps, window, 4),
  };
  return { problem, reference: () => sequential({ ...problem, samples: Int32Array.of(0) }) };
}
