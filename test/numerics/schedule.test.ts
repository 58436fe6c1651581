import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alphaBars, shiftForTokens } from '../../shared/numerics/schedule.ts';
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

  it('is sigmoid in its betas', () => {
    const sigmoid = { kind: 'sigmoid', trainSteps: 3, betaStart: 0.01, betaEnd: 0.03 } as const;
    const low = 0.01 + 0.02 / (1 + Math.exp(6));
    const [first, second, third] = alphaBars(sigmoid);
    expect(first).toBeCloseTo(1 - low, 15);
    expect(second).toBeCloseTo((1 - low) * (1 - 0.02), 15);
    expect(third).toBeCloseTo((1 - low) * (1 - 0.02) * (1 - 0.03 + (low - 0.01)), 15);
  });

  it('can end without signal, and begins as before', () => {
    const { schedule } = usual;
    const plain = alphaBars(schedule);
    const values = alphaBars({ ...schedule, zeroTerminalSnr: true });
    expect(at(values, 999)).toBe(0);
    expect(at(values, 0)).toBeCloseTo(at(plain, 0), 14);
    for (let t = 1; t < 999; t++) expect(at(values, t)).toBeLessThan(at(plain, t));
    const short = { ...schedule, trainSteps: 1, zeroTerminalSnr: true };
    expect(() => alphaBars(short)).toThrow('at least 2 with zeroTerminalSnr');
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

describe('shiftForTokens', () => {
  it('is e^mu, mu linear through (256, 0.5) and (4096, 1.15)', () => {
    expect(Math.log(shiftForTokens(256))).toBeCloseTo(0.5, 14);
    expect(Math.log(shiftForTokens(4096))).toBeCloseTo(1.15, 14);
    expect(Math.log(shiftForTokens(2176))).toBeCloseTo(0.825, 14);
  });
});
