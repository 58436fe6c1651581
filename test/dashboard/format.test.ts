import { describe, expect, it } from 'vitest';
import {
  bytes,
  count,
  duration,
  plural,
  shortId,
  small,
  times,
} from '../../dashboard/data/format.ts';
import { createNameColours } from '../../dashboard/data/colours.ts';
import { hrefOf, routeOf } from '../../dashboard/data/routes.ts';
import type { Route } from '../../dashboard/data/routes.ts';
import { rowTime } from '../../dashboard/data/speed.ts';

describe('numbers', () => {
  it.each([
    [duration(0), '0 ms'],
    [duration(3.14159), '3.14 ms'],
    [duration(999.6), '1.00 s'],
    [duration(59_940), '59.9 s'],
    [duration(59_960), '1 m 00 s'],
    [duration(3_600_000), '1 h 00 m'],
    [duration(Number.NaN), '–'],
    [duration(undefined), '–'],
    [small(0), '0'],
    [small(0.00031), '3.1e-4'],
    [small(0.1234), '0.123'],
    [small(4e7), '4.0e7'],
    [count(1_234_567), '1\u202f234\u202f567'],
    [count(12), '12'],
    [bytes(512), '512 B'],
    [bytes(1536), '1.50 KiB'],
    [bytes(1024 ** 2), '1.00 MiB'],
    [times(1.834), '1.83×'],
    [plural(1, 'row'), '1 row'],
    [plural(2, 'row'), '2 rows'],
    [shortId('58e96b976b7bd9d51c0198a1c986cc1b'), '58e96b97'],
    [shortId('mine'), 'mine'],
  ])('%s is %s', (found, expected) => expect(found).toBe(expected));
});

describe('addresses', () => {
  const pages: Exclude<Route, { page: 'unknown' }>[] = [
    { page: 'cluster' },
    { page: 'jobs' },
    { page: 'new', from: '' },
    { page: 'new', from: 'a/b' },
    { page: 'job', job: 'x%2F"<' },
    { page: 'compare', jobs: ['a', 'b c'] },
  ];
  it.each(pages)('lead back to their page: %o', (page) => {
    expect(routeOf(hrefOf(page))).toEqual(page);
  });

  it('of no page, or not well encoded', () => {
    for (const fragment of ['#/x', '#/jobs/a/b', '#/compare/a']) {
      expect(routeOf(fragment)).toEqual({ page: 'unknown' });
    }
    expect(routeOf('#/jobs/%')).toEqual({ page: 'job', job: '%' });
    expect(routeOf('')).toEqual({ page: 'cluster' });
  });
});

describe('names', () => {
  it('keep their colour, and the first six have different ones', () => {
    const colour = createNameColours();
    const first = ['a', 'b', 'c', 'd', 'e', 'f'].map(colour);
    expect(new Set(first).size).toBe(6);
    expect(colour('a')).toBe(first[0]);
  });
});

describe('the speed of a worker', () => {
  it('is that of a row alone, and in the batch where it costs least', () => {
    const curve = [
      { batch: 1, ms: 10 },
      { batch: 4, ms: 20 },
      { batch: 8, ms: 80 },
    ];
    expect(rowTime(curve)).toEqual({ alone: 10, best: { batch: 4, ms: 5 } });
    expect(rowTime([])).toEqual({ alone: undefined, best: undefined });
  });
});
