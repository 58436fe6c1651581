import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  distilledTimesteps,
  roundHalfEven,
  timesteps,
  timestepsWithEnd,
} from '../../shared/numerics/timesteps.ts';
import type { Spacing } from '../../shared/numerics/timesteps.ts';
import { at } from './support.ts';

type GoldenGrid = {
  spacing: Spacing;
  trainSteps: number;
  steps: number;
  offset: number;
  times: number[];
};

const golden = JSON.parse(
  readFileSync(new URL('../golden/schedule.json', import.meta.url), 'utf8'),
) as { grids: GoldenGrid[]; checksums1000: Record<Spacing, number[]> };

const spacings = ['leading', 'trailing', 'linspace'] as const;

describe('timesteps', () => {
  it.each(golden.grids)('equals numpy: $spacing, $steps of $trainSteps, offset $offset', (grid) => {
    const found = timesteps(grid.spacing, grid.trainSteps, grid.steps, grid.offset);
    expect(Array.from(found)).toEqual(grid.times);
  });

  it.each(spacings)('equals numpy for every number of steps up to 1000: %s', (spacing) => {
    for (let steps = 1; steps <= 1000; steps++) {
      const times = timesteps(spacing, 1000, steps);
      const checksum = times.reduce((sum, t, i) => sum + (i + 1) * t, 0);
      expect(checksum, `${steps} steps`).toBe(at(golden.checksums1000[spacing], steps - 1));
    }
  });

  it.each(spacings)('descends strictly inside the training range: %s', (spacing) => {
    for (const trainSteps of [1, 2, 7, 250, 999, 1001]) {
      for (let steps = 1; steps <= trainSteps; steps++) {
        const times = timesteps(spacing, trainSteps, steps);
        expect(times.length).toBe(steps);
        expect(at(times, 0)).toBeLessThan(trainSteps);
        expect(at(times, steps - 1)).toBeGreaterThanOrEqual(0);
        let descends = true;
        for (let i = 1; i < steps; i++) descends &&= at(times, i) < at(times, i - 1);
        expect(descends, `${steps} of ${trainSteps}`).toBe(true);
      }
    }
  });

  it('moves only leading times by the offset', () => {
    expect(Array.from(timesteps('leading', 1000, 4, 1))).toEqual([751, 501, 251, 1]);
    for (const spacing of ['trailing', 'linspace'] as const) {
      expect(timesteps(spacing, 1000, 4, 1)).toEqual(timesteps(spacing, 1000, 4));
    }
  });

  it('names the field it refuses', () => {
    expect(() => timesteps('linspace', 1000, 1001)).toThrow('steps: found 1001');
    expect(() => timesteps('linspace', 1000, 0)).toThrow('steps: found 0');
    expect(() => timesteps('trailing', 0, 1)).toThrow('trainSteps: found 0');
    expect(() => timesteps('leading', 1000, 1000, 1)).toThrow('offset: found 1');
    expect(() => timesteps('leading', 1000, 50, -1)).toThrow('offset: found -1');
    expect(() => timesteps('leading', 1000, 50, 0.5)).toThrow(RangeError);
  });
});

describe('timestepsWithEnd', () => {
  it('has the points of one step more, the end left out', () => {
    const times = (spacing: Spacing, offset = 0): number[] =>
      Array.from(timestepsWithEnd(spacing, 1000, 4, offset));
    expect(times('linspace')).toEqual([999, 749, 500, 250]);
    expect(times('leading', 1)).toEqual([801, 601, 401, 201]);
    expect(times('trailing')).toEqual([999, 749, 499, 249]);
  });

  it.each(spacings)('descends strictly inside the training range: %s', (spacing) => {
    for (const trainSteps of [2, 7, 250, 1001]) {
      for (let steps = 1; steps < trainSteps; steps++) {
        const found = timestepsWithEnd(spacing, trainSteps, steps);
        expect(found).toHaveLength(steps);
        expect(at(found, 0)).toBeLessThan(trainSteps);
        expect(at(found, steps - 1)).toBeGreaterThanOrEqual(0);
        for (let i = 1; i < steps; i++) expect(at(found, i)).toBeLessThan(at(found, i - 1));
      }
    }
  });

  it('names the field it refuses', () => {
    expect(() => timestepsWithEnd('linspace', 1000, 1000)).toThrow('steps: found 1000');
    expect(() => timestepsWithEnd('leading', 1000, 4, 200)).toThrow('offset: found 200');
  });
});

describe('distilledTimesteps', () => {
  it('thins out the times of the teacher, from the last training time down', () => {
    expect(Array.from(distilledTimesteps(1000, 4, 50))).toEqual([999, 759, 499, 259]);
    expect(Array.from(distilledTimesteps(1000, 3, 4))).toEqual([999, 749, 499]);
    expect(() => distilledTimesteps(1000, 51, 50)).toThrow('steps: found 51');
  });
});

describe('roundHalfEven', () => {
  it('sends ties to the even neighbour', () => {
    const ties: [number, number][] = [
      [0.5, 0],
      [1.5, 2],
      [2.5, 2],
      [166.5, 166],
      [-0.5, 0],
      [-1.5, -2],
      [2.4999999999999996, 2],
      [2.5000000000000004, 3],
      [7, 7],
    ];
    for (const [x, expected] of ties) expect(roundHalfEven(x) + 0, String(x)).toBe(expected);
  });
});
