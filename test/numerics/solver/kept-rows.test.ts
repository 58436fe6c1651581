import { describe, expect, it } from 'vitest';
import { drive } from '../../../shared/numerics/drive.ts';
import { methodNames } from '../../../shared/numerics/solver/method.ts';
import { maxDifference } from '../../../shared/numerics/vector.ts';
import { mixtureJob, type JobOptions } from '../../support/mixture-job.ts';

const base = { steps: 24, samples: 2, seed: 5 } as const;

/** The trajectory that a job keeps, and that of the sequential sampler. */
async function trajectories(options: JobOptions) {
  const job = mixtureJob(options);
  const reference = [job.problem.initial, ...(await job.reference())];
  const { trajectory, samples } = await drive({ ...job.problem, keepRows: true });
  const expected = new Float32Array(reference.flatMap((row) => [...row]));
  return { trajectory: trajectory ?? new Float32Array(), samples, expected };
}

describe.each(methodNames)('the rows that %s keeps', (method) => {
  it.each(['ddim', 'ddpm'] as const)(
    'are the sequential ones in exact mode, %s',
    async (solver) => {
      for (const [window, blocks] of [
        [24, 1],
        [24, 3],
        [7, 1],
        [7, 4],
        [1, 2],
      ] as const) {
        const options = { ...base, solver, method, tolerance: 0, window, blocks };
        const { trajectory, expected } = await trajectories(options);
        expect(trajectory).toEqual(expected);
      }
    },
  );

  it('end with the samples and begin with the noise', async () => {
    for (const blocks of [1, 2, 5]) {
      const options = { ...base, solver: 'ddpm', method, blocks, window: 12 } as const;
      const { trajectory, samples, expected } = await trajectories(options);
      const size = samples.length;
      expect(trajectory.subarray(-size)).toEqual(samples);
      expect(trajectory.subarray(0, size)).toEqual(expected.subarray(0, size));
      expect(maxDifference(trajectory, 0, expected, 0, expected.length)).toBeLessThan(0.05);
    }
  });
});

it('are not kept where nobody asks', async () => {
  const result = await drive(mixtureJob({ ...base, solver: 'ddim', method: 'secant' }).problem);
  expect(result).not.toHaveProperty('trajectory');
});
