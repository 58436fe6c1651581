import { describe, expect, it } from 'vitest';

import { drive } from '../../../shared/numerics/drive.ts';
import { picardEpsilon } from '../../../shared/numerics/linearization.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { combine3, copyInto, maxDifference } from '../../../shared/numerics/vector.ts';
import { mixtureJob, type JobOptions } from '../../support/mixture-job.ts';

const dim = 64;
const base: JobOptions = { solver: 'ddpm', steps: 20, method: 'parataa' };

/** The trajectory that one round makes, row by row. */
async function afterOneRound(order: number): Promise<Float32Array[]> {
  const { problem } = mixtureJob({ ...base, settings: { order } });
  const rows: Float32Array[] = [];
  // A window of r rows ends the first round's edge at row r.
  for (let window = 1; window <= problem.table.steps; window++) {
    const { samples } = await drive({ ...problem, window, roundsMax: 1 });
    rows.push(samples);
  }
  return rows;
}

describe('the order of ParaTAA', () => {
  it.each([1, 2, 5, 19])('%d carries that many residuals, by the formula', async (order) => {
    const { problem } = mixtureJob(base);
    const { table, denoiser, initial, noise } = problem;
    const slopes = picardEpsilon(table);
    // In the first round every state is a copy of the noise: r_j = step_j(x_0) - x_0.
    const residuals: Float32Array[] = [];
    for (let j = 0; j < table.steps; j++) {
      const outputs = new Float32Array(dim);
      const timesteps = Float64Array.of(table.timestep[j] ?? 0);
      const only = { count: 1, dim, offsets: Int32Array.of(0), samples: Int32Array.of(0) };
      await denoiser.evaluate({ ...only, states: initial, outputs, timesteps });
      const drawn = new Float32Array(dim);
      noise(j, 0, drawn, 0);
      const [a = 0, b = 0] = [table.stateScale[j], table.outputScale[j]];
      const residual = new Float32Array(dim);
      combine3(
        residual,
        0,
        a - 1,
        initial,
        0,
        b,
        outputs,
        0,
        table.noiseScale[j] ?? 0,
        drawn,
        0,
        dim,
      );
      residuals.push(residual);
    }
    const rows = await afterOneRound(order);
    for (const [i, found] of rows.entries()) {
      const wanted = new Float32Array(dim);
      copyInto(wanted, 0, initial, 0, dim);
      for (let j = Math.max(0, i - order + 1); j <= i; j++) {
        let product = 1;
        for (let q = j + 1; q <= i; q++) product *= slopes[q] ?? 0;
        const residual = residuals[j] ?? new Float32Array(dim);
        for (let e = 0; e < dim; e++) wanted[e] = (wanted[e] ?? 0) + product * (residual[e] ?? 0);
      }
      const scale = 1 + Math.max(...wanted.map(Math.abs));
      expect(maxDifference(found, 0, wanted, 0, dim) / scale).toBeLessThan(1e-5);
    }
  });

  it('of all rows is the full scan, bit for bit', async () => {
    const full = await drive(mixtureJob(base).problem);
    const whole = await drive(mixtureJob({ ...base, settings: { order: 20 } }).problem);
    expect(whole.rounds).toBe(full.rounds);
    expect(maxDifference(whole.samples, 0, full.samples, 0, dim)).toBe(0);
  });

  it.each([1, 3, 10])('%d returns the sequential bits in exact mode', async (order) => {
    for (const window of [20, 7]) {
      const settings = { order, memory: 2 };
      const job = mixtureJob({ ...base, window, settings, tolerance: 0, samples: 2 });
      const { samples, rounds } = await drive(job.problem);
      const wanted = (await job.reference()).at(-1) ?? new Float32Array();
      expect(rounds).toBeLessThanOrEqual(20);
      expect(maxDifference(samples, 0, wanted, 0, samples.length)).toBe(0);
    }
  });

  it('1 is Jacobi: nearly as many rounds as steps', async () => {
    const job = mixtureJob({ ...base, settings: { order: 1 } });
    const { samples, rounds } = await drive(job.problem);
    const wanted = (await job.reference()).at(-1) ?? new Float32Array();
    expect(rounds).toBeGreaterThan(15);
    expect(rmsDifference(samples, 0, wanted, 0, dim)).toBeLessThan(0.01);
  });

  it('needs the whole trajectory in one block', async () => {
    const job = mixtureJob({ ...base, blocks: 2, settings: { order: 5 } });
    await expect(drive(job.problem)).rejects.toThrow(/an order needs one block/);
  });
});
