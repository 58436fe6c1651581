import { expect, it } from 'vitest';
import { factorOf, learn, noExperience } from '../../../coordinator/core/plan/experience.ts';

it('knows nothing at first, then the first job, then the average of the last ones', () => {
  expect(factorOf(noExperience, 'a')).toBe(1);
  let known = learn(noExperience, 'a', 2);
  expect(factorOf(known, 'a')).toBeCloseTo(2, 12);
  expect(factorOf(known, 'b')).toBe(1);
  for (let job = 0; job < 20; job++) known = learn(known, 'a', 0.5);
  expect(factorOf(known, 'a')).toBeCloseTo(0.5, 2);
  known = learn(known, 'a', 1);
  expect(factorOf(known, 'a')).toBeLessThan(0.7);
});

it('takes no absurd ratio for more than a disturbance, and none that is no number', () => {
  expect(factorOf(learn(noExperience, 'a', 1e6), 'a')).toBeCloseTo(3, 12);
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
  expect(factorOf(known, 'key 0')).toBeCloseTo(1.5, 12);
});
