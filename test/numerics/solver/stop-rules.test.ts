import { describe, expect, it } from 'vitest';

import { drive } from '../../../shared/numerics/drive.ts';
import type { MethodName } from '../../../shared/numerics/solver/method.ts';
import {
  defaultTolerance,
  endsJob,
  publishedPassing,
  type StopRule,
} from '../../../shared/numerics/solver/stop-rules.ts';
import { rmsDifference } from '../../../shared/numerics/differences.ts';
import { maxDifference } from '../../../shared/numerics/vector.ts';
import { mixtureJob, type JobOptions } from '../../support/mixture-job.ts';

/** Ten steps; the posterior deviation of step i is i/10. */
const settings = {
  steps: 10,
  sigmaPosterior: Float64Array.from({ length: 10 }, (_, i) => i / 10),
  tolerance: 0.1,
};

function passing(
  stop: Exclude<StopRule, 'final'>,
  first: number,
  update: number[],
  residual: number[] = update,
): number {
  const rows = { first, update: Float64Array.from(update), residual: Float64Array.from(residual) };
  return publishedPassing(stop, settings, rows);
}

describe('ParaDiGMS', () => {
  it('accepts a movement relative to the noise of the row, and one row more', () => {
    // states 3, 4, 5 may move by 0.03, 0.04, 0.05
    expect(passing('paradigms', 2, [0.03, 0.04, 0.051, 0])).toBe(3);
    expect(passing('paradigms', 2, [0.031, 0, 0, 0])).toBe(1);
    expect(passing('paradigms', 2, [0, 0, 0, 0])).toBe(4);
  });

  it('never accepts the last state by its tolerance', () => {
    expect(passing('paradigms', 7, [0, 0, 0])).toBe(3);
    expect(passing('paradigms', 8, [0.2, 0])).toBe(1);
  });
});

describe('ParaTAA', () => {
  it('accepts a residual, whatever the row moved by, and one row more', () => {
    expect(passing('parataa', 2, [9, 9, 9, 9], [0.1, 0.1, 0.11, 0])).toBe(3);
    expect(passing('parataa', 9, [9], [0.11])).toBe(1);
  });
});

describe('SRDS', () => {
  it('ends everything at once when the last row has settled, and nothing before', () => {
    expect(passing('srds', 6, [5, 5, 5, 0.1])).toBe(4);
    expect(passing('srds', 6, [0, 0, 0, 0.11])).toBe(1);
    // row 10 is not live yet
    expect(passing('srds', 5, [0, 0, 0, 0])).toBe(1);
  });

  it('asks the last block of a job in blocks', () => {
    const rule = { ...settings, stop: 'srds' } as const;
    expect([endsJob(rule, 10, 0.1), endsJob(rule, 10, 0.2), endsJob(rule, 9, 0)]).toEqual([
      ...[true, false, false],
    ]);
    expect(endsJob({ ...rule, stop: 'final' }, 10, 0)).toBe(false);
  });
});

describe('every published rule', () => {
  it.each(['paradigms', 'parataa', 'srds'] as const)(
    'freezes no row unknown to all: %s',
    (stop) => {
      expect(passing(stop, 6, [Infinity, 0, 0, 0])).toBe(0);
      const most = stop === 'srds' ? 1 : 2;
      expect(passing(stop, 6, [0, 0, Infinity, 0])).toBe(most);
    },
  );

  it('has the tolerance of its publication', () => {
    const rules = ['final', 'paradigms', 'parataa', 'srds'] as const;
    expect(rules.map(defaultTolerance)).toEqual([0.01, 0.1, 0.001, 0.2 / 255]);
  });

  interface Ran {
    readonly rounds: number;
    readonly error: number;
    readonly converged: boolean;
  }

  async function run(
    stop: StopRule,
    tolerance: number,
    options: Partial<JobOptions>,
  ): Promise<Ran> {
    const given = { solver: 'ddpm', steps: 24, method: 'secant', ...options } as const;
    const job = mixtureJob({ ...given, tolerance });
    const { rounds, samples, converged } = await drive({ ...job.problem, stop });
    const wanted = (await job.reference()).at(-1) ?? new Float32Array();
    return { rounds, converged, error: rmsDifference(samples, 0, wanted, 0, samples.length) };
  }

  const cases: [StopRule, MethodName, number][] = [
    ['paradigms', 'picard', 1],
    ['paradigms', 'secant', 3],
    ['parataa', 'parataa', 1],
    ['parataa', 'secant', 2],
    ['srds', 'secant', 1],
    ['srds', 'picard', 3],
    ['srds', 'parareal', 4],
  ];

  it.each(cases)('%s ends %s on %d blocks, near the sequential sample', async (...given) => {
    const [stop, method, blocks] = given;
    for (const solver of ['ddim', 'ddpm'] as const) {
      const ran = await run(stop, 1e-4, { method, blocks, solver });
      expect(ran).toMatchObject({ converged: true });
      expect(ran.rounds).toBeLessThanOrEqual(24);
      expect(ran.error).toBeLessThan(0.01);
    }
  });

  it.each(cases)('%s with tolerance 0 returns the bits of %s on %d blocks', async (...given) => {
    const [stop, method, blocks] = given;
    const job = mixtureJob({ solver: 'ddpm', steps: 16, method, blocks, tolerance: 0 });
    const { samples, rounds } = await drive({ ...job.problem, stop });
    const wanted = (await job.reference()).at(-1) ?? new Float32Array();
    expect(rounds).toBeLessThanOrEqual(16);
    expect(maxDifference(samples, 0, wanted, 0, samples.length)).toBe(0);
  });

  it('stops earlier with a looser tolerance, and ours latest', async () => {
    for (const [stop, method, blocks] of cases) {
      const loose = await run(stop, 0.3, { method, blocks, solver: 'ddim' });
      const tight = await run(stop, 1e-5, { method, blocks, solver: 'ddim' });
      expect(loose.rounds).toBeLessThan(tight.rounds);
    }
    const published = await run('parataa', 0.01, { method: 'picard' });
    const ours = await run('final', 0.01, { method: 'picard' });
    expect(published.rounds).toBeLessThan(ours.rounds);
  });
});
