import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerTicks, logAxis, niceAxis, shareOf } from '../../../cli/output/axis.ts';
import type { Axis, Tick } from '../../../cli/output/axis.ts';

const labels = (axis: Axis | readonly Tick[]) =>
  ('ticks' in axis ? axis.ticks : axis).map((tick) => tick.label);

describe('niceAxis', () => {
  it.each([
    [
      [0.3, 9.2],
      ['0', '2', '4', '6', '8', '10'],
    ],
    [
      [14, 26],
      ['14', '16', '18', '20', '22', '24', '26'],
    ],
    [
      [0, 0.012],
      ['0', '0.002', '0.004', '0.006', '0.008', '0.010', '0.012'],
    ],
    [
      [-1, 1],
      ['-1.0', '-0.5', '0', '0.5', '1.0'],
    ],
    [
      [0, 3e6],
      ['0', '500000', '1e6', '1.5e6', '2e6', '2.5e6', '3e6'],
    ],
  ])('over %j', (values, wanted) => {
    expect(labels(niceAxis(values, 6))).toEqual(wanted);
  });

  it('contains the values between its ends and has different labels', () => {
    const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const axis = niceAxis(values, 6);
        const slack = (axis.high - axis.low) * 1e-6;
        for (const one of values) {
          expect(one).toBeGreaterThanOrEqual(axis.low - slack);
          expect(one).toBeLessThanOrEqual(axis.high + slack);
        }
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
        expect(axis.ticks.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

describe('logAxis', () => {
  it.each([
    [
      [1, 64],
      ['1', '2', '5', '10', '20', '50', '100'],
    ],
    [
      [3e-3, 0.2],
      ['0.002', '0.005', '0.01', '0.02', '0.05', '0.1', '0.2'],
    ],
    [
      [1e-6, 1],
      ['1e-6', '1e-5', '1e-4', '0.001', '0.01', '0.1', '1'],
    ],
    [
      [7, 7],
      ['5', '10'],
    ],
    [[], ['0.1', '0.2', '0.5', '1']],
    [
      [0, -3, Number.NaN],
      ['0.1', '0.2', '0.5', '1'],
    ],
  ])('over %j', (values, wanted) => {
    expect(labels(logAxis(values, 7))).toEqual(wanted);
  });

  it('spreads the decades evenly', () => {
    const axis = logAxis([1e-4, 1], 7);
    expect(shareOf(axis, 1e-4)).toBeCloseTo(0);
    expect(shareOf(axis, 1e-2)).toBeCloseTo(0.5);
    expect(shareOf(axis, 1)).toBeCloseTo(1);
  });

  it('keeps the ticks of many decades few', () => {
    expect(logAxis([1e-30, 1], 7).ticks.length).toBeLessThanOrEqual(8);
  });
});

describe('integerTicks', () => {
  it.each([
    [1, 1, ['1']],
    [1, 6, ['1', '2', '3', '4', '5', '6']],
    [1, 29, ['1', '5', '10', '15', '20', '25']],
    [1, 1000, ['1', '100', '200', '300', '400', '500', '600', '700', '800', '900', '1000']],
    [0, 99, ['0', '10', '20', '30', '40', '50', '60', '70', '80', '90']],
  ])('of %d .. %d', (first, last, wanted) => {
    expect(labels(integerTicks(first, last, 10))).toEqual(wanted);
  });
});
