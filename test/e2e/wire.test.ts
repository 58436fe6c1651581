import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rms } from '../../shared/numerics/vector.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

const job = { model: 'mixture6', solver: 'ddpm', steps: 12, seed: 9, samples: 8 };
const split = { ...job, method: 'secant', window: 12, blocks: 3 };

describe('latents as float16', () => {
  let cluster: RealCluster;
  beforeAll(async () => {
    cluster = await realCluster();
    await cluster.addWorkers(1, ['--backend', 'analytic']);
    await cluster.addWorkers(2, ['--backend', 'analytic']);
  });
  afterAll(() => cluster.close());

  it('move about half the bytes, within the tolerance, and are in the report', async () => {
    const exact = await cluster.run({ ...job, method: 'sequential' });
    const whole = await cluster.run(split);
    const half = await cluster.run({ ...split, wire: 'float16' });
    expect(whole.report.wire).toBe('float32');
    expect(half.report.wire).toBe('float16');
    const perRound = ({ report }: typeof half) => report.bytes.fromWorkers / report.rounds;
    expect(perRound(half)).toBeLessThan(0.75 * perRound(whole));
    const difference = half.samples.map((value, e) => value - (exact.samples[e] ?? NaN));
    const error = rms(difference, 0, difference.length);
    // rounded, and no more than that and the tolerance
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.01);
    expect(half.report.errorEstimate).toBeGreaterThan(2 ** -11);
  });

  it.each([
    [{ tolerance: 0 }, /tolerance: found 0, expected at least .* float16/],
    [{ tolerance: 1e-4 }, /rounds 3 boundaries/],
    [{ certify: true }, /float32 with certify/],
    [{ wire: 'bfloat16' }, /one of float32, float16/],
  ])('are refused with %j', async (wish, why) => {
    const request = { ...split, wire: 'float16', ...wish };
    await expect(cluster.run(request)).rejects.toThrow(why);
  });
});
