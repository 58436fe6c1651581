import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alphaBars } from '../../shared/numerics/schedule.ts';
import type { BetaSchedule } from '../../shared/numerics/schedule.ts';
import { at, usual } from './support.ts';

type GoldenSchedule = BetaSchedule & { at: number[]; alphaBar: number[]; sum: number };

const golden = JSON.parse(
  readFileSync(new URL('../golden/schedule.json', import.meta.url), 'utf8'),
) as { schedules: GoldenSchedule[] };

describe('alphaBars', () => {
  it.each(golden.schedules)('equals numpy for $kind with $trainSteps steps', (expected) => {
    const values = alphaBars(expected);
    expect(values.length).toBe(expected.trainSteps);
    for (const [k, t] of expected.at.entries()) {
      expect(at(values, t) / at(expected.alphaBar, k)).toBeCloseTo(1, 12);
    }
    expect(values.reduce((sum, v) => sum + v, 0) / expected.sum).toBeCloseTo(1, 12);
  });

  it.each(golden.schedules)('descends strictly inside (0, 1) for $kind', (schedule) => {
    const values = alphaBars(schedule);
    expect(at(values, 0)).toBeLessThan(1);
    expect(at(values, values.length - 1)).toBeGreaterThan(0);
    for (let t = 1; t < values.length; t++) expect(at(values, t)).toBeLessThan(at(values, t - 1));
  });

  it('covers a single training step', () => {
    const { schedule } = usual;
    expect(Array.from(alphaBars({ ...schedule, trainSteps: 1 }))).toEqual([1 - 1e-4]);
  });

  it('names the field it refuses', () => {
    const { schedule } = usual;
    expect(() => alphaBars({ ...schedule, trainSteps: 0 })).toThrow('schedule.trainSteps: found 0');
    expect(() => alphaBars({ ...schedule, betaStart: 0 })).toThrow('schedule.betaStart: found 0');
    expect(() => alphaBars({ ...schedule, betaEnd: 1 })).toThrow('schedule.betaEnd: found 1');
    const cosine = { ...schedule, kind: 'cosine', betaStart: 0, betaEnd: 9 } as const;
    expect(() => alphaBars(cosine)).not.toThrow();
  });
});
