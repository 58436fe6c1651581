import { expect, it } from 'vitest';

import { measureContraction } from '../../../cli/bench/contraction.ts';
import { openLocalModel } from '../../../cli/bench/local-job.ts';

it('finds the closed form of a single Gaussian', async () => {
  const local = await openLocalModel('gaussian', 1);
  try {
    const std = local.model.dataStd;
    const [ddim, ddpm] = await measureContraction(local, () => [], [1, 2]);
    // the flow is linear: of width sqrt(std^2 ab + sg^2) at noise level sg, and std in the end
    for (const [k, sigma] of ddim?.sigma.entries() ?? []) {
      const width = Math.sqrt(std * std * (1 - sigma * sigma) + sigma * sigma);
      expect(ddim?.part[k], `level ${sigma}`).toBeCloseTo(std / width, 1);
    }
    expect(ddim?.sigma).toHaveLength(11);
    // fresh noise makes a chain forget: the square of it
    const [early = 1, late = 1] = [ddpm?.part[0], ddpm?.part.at(-1)];
    expect(early).toBeLessThan(0.1);
    expect(late).toBeGreaterThan(0.8);
  } finally {
    await local.close();
  }
});
