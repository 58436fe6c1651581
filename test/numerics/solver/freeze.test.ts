import { describe, expect, it } from 'vitest';
import type { Movement } from '../../../shared/numerics/solver/groups.ts';
import type { RowScalars } from '../../../shared/kernel/row-scalars.ts';
import { defectShares, freezeRule, weightsBehind } from '../../../shared/numerics/solver/freeze.ts';
import type { TestedBlock } from '../../../shared/numerics/solver/tested-rows.ts';
import { methodNames } from '../../../shared/numerics/solver/method.ts';
import { tableOf } from '../support.ts';
import {
  rule,
  exact,
  rows,
  movedBy,
  filled,
  freeze,
  frontierOf,
} from '../../support/freeze-rows.ts';

describe('the leading rows freeze', () => {
  it('up to the first one that moved too far, and the first one always', () => {
    const far = freeze(rule, [{ rows: rows(0, [9, 1.4e-3, 8e-4, 1.6e-3, 0]) }]);
    expect([...far.frontier]).toEqual([3]);
    expect(far.updateNorm).toBe(9);
    expect(frontierOf(rule, [{ rows: rows(0, [9, 1, 0]) }])).toEqual([1]);
  });

  it('by the group of elements that moves most, in the block and at its boundary', () => {
    const peaks = (...own: number[]) => ({ peak: Float32Array.from(own) });
    const quiet = [{ rows: rows(0, [0, 1e-3, 1e-3], peaks(0, 1e-3, 1.4e-3)) }];
    expect(frontierOf(rule, quiet)).toEqual([3]);
    expect(frontierOf(rule, [{ rows: rows(0, [0, 1e-3, 1e-3], peaks(0, 1e-3, 1.6e-3)) }])).toEqual([
      2,
    ]);
    const boundary = (movement: Movement) => {
      const right = { rows: rows(4, [0, 0], peaks(0, 0)), movement };
      return frontierOf(rule, [{ rows: rows(0, [0, 0, 0, 0]) }, right]);
    };
    expect(boundary(movedBy(1e-3, 1.4e-3))).toEqual([6]);
    expect(boundary(movedBy(1e-3, 1.6e-3))).toEqual([4]);
  });

  it('in proportion to the tolerance, but for 0.01 at most', () => {
    const passes = (tolerance: number, movement: number) =>
      frontierOf({ ...rule, tolerance }, [{ rows: rows(0, [0, movement]) }])[0] === 2;
    expect([passes(0.003, 4.4e-4), passes(0.003, 4.6e-4)]).toEqual([true, false]);
    for (const tolerance of [0.01, 0.03, 1]) {
      expect([passes(tolerance, 1.49e-3), passes(tolerance, 1.51e-3)]).toEqual([true, false]);
    }
  });

  it('by the gain of everything to the right, over the border of a block', () => {
    const left = { rows: rows(0, [0, 9e-4]) };
    const calm = { rows: rows(2, [9e-4, 0]) };
    expect(frontierOf(rule, [left, calm])).toEqual([4]);
    const expanding = { rows: rows(2, [9e-4, 0], { gain: Float32Array.of(2, 1) }) };
    expect(frontierOf(rule, [left, expanding])).toEqual([1]);
    const contracting = { rows: rows(2, [9e-4, 0], { gain: Float32Array.of(0.1, 0.1) }) };
    expect(frontierOf(rule, [left, contracting])).toEqual([4]);
  });

  it('not where the left boundary of their block moved under them', () => {
    const left = { rows: rows(0, [0, 0]) };
    const right = { rows: rows(2, [0, 0], { slope: Float32Array.of(-0.5, 0.1) }) };
    const after = (movement: number) =>
      frontierOf(rule, [left, { ...right, movement: movedBy(movement) }]);
    expect(after(0)).toEqual([4]);
    expect(after(2.9e-3)).toEqual([4]);
    expect(after(3.1e-3)).toEqual([2]);
    expect(after(NaN)).toEqual([2]);
  });

  it.each([
    ['a scan', exact],
    ['parataa', { ...exact, scanned: false }],
  ])('in exact mode of %s only where not one bit of a row and of its input moved', (...given) => {
    const least = 2 ** -149;
    const after = (movement: number[], left = 0) =>
      frontierOf(given[1], [{ rows: rows(0, movement), movement: movedBy(left) }])[0];
    expect(after([0, 0, 0, least, 0])).toBe(3);
    expect(after([0, 0, 0, 0, 0])).toBe(5);
    expect(after([0, 0, 0, 0, 0], 1e-300)).toBe(1);
    // the first row is the sampler's own, but the one behind it was not made from it
    expect(after([least, 0, 0, 0, 0])).toBe(1);
  });

  it('never behind a row that no block knows', () => {
    const right = { rows: rows(3, [0, 0]) };
    expect(frontierOf(rule, [{ rows: rows(0, [0, 0]) }, right])).toEqual([2]);
    expect(frontierOf(rule, [{ rows: undefined }, right])).toEqual([0]);
    expect(frontierOf(rule, [])).toEqual([0]);
    expect(frontierOf(exact, [{ rows: undefined }, right])).toEqual([0]);
  });

  it('sample by sample, and the worst one is reported', () => {
    const two = rows(1, [5, 7, 2e-4, 3e-4, 0.5, 4e-4]);
    const { frontier, updateNorm } = freeze(rule, [{ rows: two }], {
      frontier: Int32Array.of(1, 1),
    });
    expect([...frontier]).toEqual([3, 4]);
    expect(updateNorm).toBe(7);
  });
});

/** e of one sample before the round, all of it made by gains unless told otherwise. */
describe('a block behind its left neighbour', () => {
  const moved = rows(4, [5e-4, 5e-4]);
  const own = { rows: moved, movement: movedBy(0) };
  const frontier = Int32Array.of(4);
  const after = (more: Partial<TestedBlock>) =>
    frontierOf(rule, [{ ...own, ...more }], { frontier })[0];

  it('weighs its rows by the gains behind it', () => {
    expect(after({ behind: Float64Array.of(2.9) })).toBe(6);
    expect(after({ behind: Float64Array.of(3.1) })).toBe(5);
  });

  it('has no exact row where its boundary became final after the sweep', () => {
    const wild = { rows: rows(4, [9, 9]) };
    expect(after({ ...wild, sweptFrom: Int32Array.of(4) })).toBe(5);
    expect(after({ ...wild, sweptFrom: Int32Array.of(3) })).toBe(4);
    const still = { rows: rows(4, [0, 0]), sweptFrom: Int32Array.of(3) };
    expect(after({ ...still, movement: movedBy(1e-3) })).toBe(6);
    expect(after({ ...still, movement: movedBy(2e-3) })).toBe(4);
  });

  it('leaves a defect in its first row then, by what the boundary moved', () => {
    const measured = { departure: filled(0.1, 2) };
    const given = { rows: rows(4, [0, 0], measured), movement: movedBy(1e-3) };
    const left = (from: number) =>
      freeze(rule, [{ ...given, sweptFrom: Int32Array.of(from) }], { frontier }).errors.defects[0];
    // the second row is off by what the first one moved by, with the boundary
    expect(left(3)).toBeCloseTo(2 * 1.5 * 0.1 * 1e-3, 9);
    expect(left(4)).toBeCloseTo(1.5 * 0.1 * 1e-3, 9);
  });

  it('is weighed by what its right neighbours said a round before', () => {
    const gains = (...gain: number[]) => rows(0, [0, 0], { gain: Float32Array.from(gain) });
    const behind = weightsBehind([gains(9, 9), gains(2, 3), undefined, gains(2, 2)], 1);
    // of a block that nothing is known of, no less than what is behind it
    expect(behind.map((weights) => weights?.[0])).toEqual([24, 4, 4, undefined]);
    const two = rows(0, [0, 0], { gain: Float32Array.of(2, 0.5) });
    expect(weightsBehind([undefined, two], 2)[0]).toEqual(Float64Array.of(2, 1));
  });
});

describe('the tolerance is dealt out to the rows', () => {
  /** Behind a row that moved by 1e-3, as the last that could freeze; 1.5 kappa is its defect. */
  const passes = (step: number, departure: number, more: Partial<RowScalars> = {}) => {
    const measured = { departure: filled(departure, 2), ...more };
    const moved = rows(step - 1, [1e-3, 1e-3], measured);
    const [after] = frontierOf(rule, [{ rows: moved }], { frontier: Int32Array.of(step - 1) });
    return after === step + 1;
  };

  it('late ones may leave more', () => {
    // 0.01 / 8 (0.1 + 2.7 (4/8)^2) = 9.7e-4, and 0.1 + 2.7 (2/8)^2 makes it 3.4e-4
    expect([passes(3, 0.64), passes(3, 0.66)]).toEqual([true, false]);
    expect([passes(1, 0.22), passes(1, 0.23)]).toEqual([true, false]);
    expect(passes(7, 9)).toBe(true);
  });

  it('by their signal and by what x0-hat counts for, in all more than there is', () => {
    for (const steps of [10, 1000]) {
      const parts = defectShares(tableOf({ steps }));
      expect(parts.reduce((before, part) => before + part, 0)).toBeCloseTo(1.75, 9);
      expect(parts[0]).toBeLessThan(0.1 / steps);
      expect(parts[steps - 1]).toBeGreaterThan(2 / steps);
    }
    const [nothing, none] = [new Float64Array(2), new Float64Array(3)];
    const flat = defectShares({
      valueWeight: Float64Array.of(1, 3),
      signal: Float64Array.of(0, 0.2, 0.8),
      sigma: Float64Array.of(1, Math.sqrt(0.96), 0.6),
    });
    expect(flat[0]).toBeCloseTo(0.0125 + 1.225 / 9 + 0.5 / 4, 9);
    expect(flat[1]).toBeCloseTo(0.0125 + (1.225 * 8) / 9 + (0.5 * 3) / 4, 9);
    expect([...defectShares({ valueWeight: nothing, signal: none, sigma: none })]).toEqual([
      0.875, 0.875,
    ]);
  });

  it('less of it where the rows to the right expand', () => {
    const at = (gain: number) => passes(1, 0.2, { gain: Float32Array.of(1, gain) });
    expect(at(3)).toBe(true);
    const given = { departure: filled(0.2, 3), gain: Float32Array.of(1, 1, 1.2) };
    const moved = rows(0, [1e-3, 1e-3, 0], given);
    expect(frontierOf(rule, [{ rows: moved }])).toEqual([1]);
    expect(frontierOf(rule, [{ rows: { ...moved, gain: filled(1, 3) } }])).toEqual([3]);
  });

  it('the first row is exact, and leaves none', () => {
    const moved = rows(0, [1e-3, 1e-3], { departure: filled(9, 2) });
    expect(frontierOf(rule, [{ rows: moved }])).toEqual([1]);
  });

  it('only where a scan made the rows', () => {
    const moved = rows(0, [1e-3, 1e-3], { departure: filled(9, 2) });
    expect(frontierOf({ ...rule, scanned: false }, [{ rows: moved }])).toEqual([2]);
  });
});

describe('the rule of a job', () => {
  it('knows from the coefficients what x0-hat counts for in a step', () => {
    const { denoisedScale } = freezeRule(tableOf(), { tolerance: 0.01 }, 'secant');
    const table = tableOf();
    const { stateScale, outputScale, denoisedFromState, denoisedFromOutput } = table;
    for (const [i, scale] of denoisedScale.entries()) {
      const [a = NaN, b = NaN] = [stateScale[i], outputScale[i]];
      const [p = NaN, q = NaN] = [denoisedFromState[i], denoisedFromOutput[i]];
      // x' = a x + b D with D from x0 = p x + q D
      expect(scale).toBeCloseTo(Math.abs(b / q), 9);
      expect(table.rolloutScale[i]).toBeCloseTo(a - (b * p) / q, 9);
    }
  });

  it('trusts the bound where a scan makes the rows', () => {
    const scanned = methodNames.filter(
      (name) => freezeRule(tableOf(), { tolerance: 0.01 }, name).scanned,
    );
    expect(scanned).toEqual(['sequential', 'picard', 'picard-eps', 'secant']);
  });
});
