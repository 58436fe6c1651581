import { expect, it, test } from 'vitest';

import { giveWay, niceOf } from '../../../worker/shell/give-way.ts';

test.each([
  ['127.0.0.1:7401', undefined, 5],
  ['localhost:7401', undefined, 5],
  ['[::1]:7401', undefined, 5],
  ['10.0.0.7:7401', undefined, 0],
  ['coordinator.example:7401', undefined, 0],
  ['127.0.0.1:7401', 0, 0],
  ['10.0.0.7:7401', 19, 19],
])('a worker of %s that was told %s is nicer by %i', (coordinator, asked, nice) => {
  expect(niceOf(coordinator, asked)).toBe(nice);
});

it('says what it can be told', () => {
  expect(() => niceOf('127.0.0.1:7401', 20)).toThrow('--nice: found 20, expected 0 to 19');
});

it('asks for no more than it has, and takes nothing back', () => {
  const asked: number[] = [];
  const set = (value: number) => void asked.push(value);
  giveWay(0, 0, set);
  giveWay(5, 0, set);
  giveWay(5, 10, set);
  expect(asked).toEqual([5]);
});
