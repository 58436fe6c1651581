import { describe, expect, it } from 'vitest';
import {
  estimateRounds,
  type RoundsQuestion,
} from '../../../coordinator/core/plan/rounds-model.ts';
import { lawful, lawfulRounds } from './tables.ts';

const base: RoundsQuestion = {
  method: 'secant',
  eta: 0,
  steps: 250,
  window: 8,
  guided: false,
  tolerance: 0.01,
  samples: 1,
};

function estimate(changes: Partial<RoundsQuestion> = {}) {
  const found = estimateRounds(lawful, { ...base, ...changes });
  if (!found) throw new Error('no estimate');
  return found;
}

describe('rounds of a measured setting', () => {
  it.each(lawful.entries.map(({ steps, window, rounds, calls }) => [steps, window, rounds, calls]))(
    '%i steps, window %i',
    (steps = 0, window = 0, rounds = 0, calls = 0) => {
      const found = estimate({ steps, window });
      expect(found.rounds).toBeCloseTo(rounds, 6);
      expect(found.calls).toBeCloseTo(calls, 4);
    },
  );
});

it('a block calls three rows to measure by, two along a noisy chain', () => {
  expect(estimate({ eta: 0 }).rowsLeast).toBe(3);
  expect(estimate({ eta: 1 }).rowsLeast).toBe(2);
});

describe('rounds of a setting between measured ones', () => {
  it.each([
    [250, 6],
    [250, 24],
    [100, 8],
    [500, 8],
    [500, 12],
    [700, 5],
  ])('%i steps, window %i, where the window limits', (steps, window) => {
    const ratio = estimate({ steps, window }).rounds / lawfulRounds(steps, window);
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.2);
  });

  it('with a full window grow as little as between the grids around it', () => {
    for (const steps of [60, 100, 400, 900]) {
      expect(estimate({ steps, window: steps }).rounds).toBeCloseTo(10, 1);
    }
  });

  it('beyond the longest grid grow with the steps where the window limits, else hardly', () => {
    const longest = estimate({ steps: 1000, window: 8 }).rounds;
    expect(estimate({ steps: 4000, window: 8 }).rounds / longest).toBeCloseTo(4, 6);
    expect(estimate({ steps: 4000, window: 4000 }).rounds).toBeCloseTo(10, 6);
  });

  it('never lie outside one and the steps, also beyond what was measured', () => {
    for (const steps of [1, 2, 3, 5, 9, 11, 999, 1001, 5000, 10_000]) {
      for (const window of [1, 2, 7, steps].filter((rows) => rows <= steps)) {
        const { rounds, rows, frontier } = estimate({ steps, window });
        expect(rounds).toBeGreaterThanOrEqual(1);
        expect(rounds).toBeLessThanOrEqual(steps);
        for (const share of [...rows, ...frontier]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('of one row at a time, and of two steps, are the steps', () => {
    expect(estimate({ window: 1 })).toMatchObject({ rounds: 250 });
    expect(estimate({ steps: 2, window: 2 })).toMatchObject({ rounds: 2 });
  });
});

describe('other properties of the job', () => {
  it('a smaller tolerance takes more rounds, a larger one fewer, exact mode most', () => {
    const rounds = [0.1, 0.01, 0.001, 0].map((tolerance) => estimate({ tolerance }).rounds);
    const [loose = 0, normal = 0, tight = 0, exact = 0] = rounds;
    expect(tight / normal).toBeCloseTo(1.2, 6);
    expect(normal / loose).toBeCloseTo(1.25, 6);
    expect(exact / normal).toBeCloseTo(2, 6);
  });

  it('more samples take more rounds and their own calls', () => {
    const one = estimate();
    const ten = estimate({ samples: 10 });
    expect(ten.rounds / one.rounds).toBeCloseTo(1 + 0.1 * Math.log(10), 6);
    expect(ten.calls / one.calls).toBeCloseTo(10, 6);
  });

  it('guidance that nobody measured is assumed to cost something', () => {
    expect(estimate({ guided: true }).rounds).toBeGreaterThan(estimate().rounds);
  });

  it('an eta between the two solvers takes rounds between theirs', () => {
    const entries = lawful.entries.map((entry) =>
      entry.solver === 'ddpm' ? { ...entry, rounds: entry.rounds * 1.5 } : entry,
    );
    const rounds = [0, 0.5, 1].map(
      (eta) => estimateRounds({ ...lawful, entries }, { ...base, eta })?.rounds ?? NaN,
    );
    expect((rounds[2] ?? 0) / (rounds[0] ?? 0)).toBeCloseTo(1.5, 6);
    expect(rounds[1]).toBeGreaterThan(rounds[0] ?? 0);
    expect(rounds[1]).toBeLessThan(rounds[2] ?? 0);
  });

  it('of a method that nobody measured nothing is known', () => {
    expect(estimateRounds(lawful, { ...base, method: 'picard' })).toBeUndefined();
  });
});
