import { describe, expect, it } from 'vitest';
import type { NoiseSchedule } from '../../shared/kernel/noise-schedule.ts';
import { buildGrid } from '../../shared/numerics/grid.ts';
import { levelsOverTime, noisiestTime, timesAt } from '../../shared/numerics/model-time.ts';
import { solverOf } from '../../shared/numerics/solvers.ts';
import { at, usual } from './support.ts';

const flow = { kind: 'flow', trainSteps: 1000, shift: 3 } as const;
const edm = { kind: 'edm', sigmaMin: 0.002, sigmaMax: 80, dataDeviation: 0.5 } as const;
const cases: readonly (readonly [NoiseSchedule, string, 'epsilon' | 'flow' | 'edm'])[] = [
  [usual.schedule, 'heun', 'epsilon'],
  [flow, 'flow-euler', 'flow'],
  [edm, 'edm-euler', 'edm'],
];

describe('the level at a model time', () => {
  it.each(cases)('is that of the grid: %o', (schedule, solver, prediction) => {
    const options = { ...usual, schedule, prediction, solver: solverOf(solver) };
    const grid = buildGrid(options);
    const levelAt = levelsOverTime(schedule);
    for (const [i, time] of grid.timestep.entries()) {
      const level = levelAt(time);
      expect((level?.sigma ?? NaN) / at(grid.sigma, i)).toBeCloseTo(1, 1);
      expect(Math.abs((level?.signal ?? NaN) - at(grid.signal, i))).toBeLessThan(0.01);
    }
  });

  it('is undefined for a time that the schedule has not', () => {
    for (const [schedule] of cases) {
      const levelAt = levelsOverTime(schedule);
      for (const time of schedule.kind === 'edm' ? [NaN] : [-1, 1001, NaN]) {
        expect(levelAt(time), `${schedule.kind} ${time}`).toBeUndefined();
      }
    }
  });

  it('falls to nothing at the noisiest time, and times are known by their share', () => {
    for (const [schedule] of cases) {
      const levelAt = levelsOverTime(schedule);
      const [clear = NaN, middle = NaN, noisy = NaN] = timesAt(schedule, [0, 0.5, 1]);
      expect(noisy).toBe(noisiestTime(schedule));
      const [a, b, c] = [clear, middle, noisy].map((time) => levelAt(time)?.signal ?? NaN);
      expect(a).toBeGreaterThan(b ?? NaN);
      expect(b).toBeGreaterThan(c ?? NaN);
      expect(c).toBeLessThan(0.02);
    }
  });
});
