import { expect, it } from 'vitest';
import { factorOf, learn, noExperience } from '../../../coordinator/core/plan/experience.ts';

function taught(...ratios: readonly number[]) {
  return ratios.reduce((known, ratio) => learn(known, 'a', ratio), noExperience);
}

it('knows nothing at first, then half of what one job says, then what several agree on', () => {
  expect(factorOf(noExperience, 'a')).toBe(1);
  expect(factorOf(taught(2), 'a')).toBeCloseTo(Math.SQRT2, 12);
  expect(factorOf(taught(2), 'b')).toBe(1);
  expect(factorOf(taught(2, 2), 'a')).toBeCloseTo(2, 12);
});

it('does not count one odd job among several, and follows a machine that has changed', () => {
  expect(factorOf(taught(1.1, 1.1, 3, 1.1), 'a')).toBeCloseTo(1.1, 12);
  expect(factorOf(taught(2, 2, 2, 2, 2, 0.5, 0.5, 0.5), 'a')).toBeCloseTo(Math.SQRT1_2, 12);
  expect(factorOf(taught(2, 2, 2, 2, 2, 0.5, 0.5, 0.5, 0.5), 'a')).toBeCloseTo(0.5, 12);
});

it('takes no absurd ratio for more than a disturbance, and none that is no number', () => {
  expect(factorOf(taught(1e6, 1e6), 'a')).toBeCloseTo(3, 12);
  for (const ratio of [NaN, Infinity, 0, -1]) {
    expect(learn(noExperience, 'a', ratio)).toBe(noExperience);
  }
});

it('changes nothing in place and forgets what was learned longest ago', () => {
  const before = learn(noExperience, 'first', 2);
  let known = before;
  for (let key = 0; key < 1_000; key++) known = learn(known, `key ${key}`, 1.5);
  expect(before.size).toBe(1);
  expect(known.size).toBe(1_000);
  expect(factorOf(known, 'first')).toBe(1);
  expect(factorOf(known, 'key 0')).toBeCloseTo(Math.sqrt(1.5), 12);
});
