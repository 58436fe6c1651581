import { describe, expect, it } from 'vitest';
import type { ErrorState } from '../../../shared/kernel/error-state.ts';
import type { RowScalars } from '../../../shared/kernel/row-scalars.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import {
  freezeRows,
  freezeRule,
  type FreezeRule,
  type Freezing,
  type TestedBlock,
} from '../../../shared/numerics/solver/freeze.ts';
import { methodNames } from '../../../shared/numerics/solver/method.ts';
import { tableOf } from '../support.ts';

/** The share of a deterministic sampler is 1e-3 here, and that of DDPM 2e-3. */
const rule: FreezeRule = {
  steps: 8,
  // so large that only the share of the tolerance counts
  sigmaPosterior: new Float64Array(8).fill(1),
  randomness: 0,
  tolerance: 0.01,
  scanned: true,
};
const ddpm: FreezeRule = { ...rule, randomness: 1 };
const exact: FreezeRule = { ...rule, tolerance: 0 };

/** Rows of one sample from `firstStep` that moved so far; their steps are linear. */
function rows(firstStep: number, movement: number[], more: Partial<RowScalars> = {}): RowScalars {
  const size = movement.length;
  return {
    firstStep,
    movement: Float32Array.from(movement),
    slope: new Float32Array(size).fill(1),
    gain: new Float32Array(size).fill(1),
    residual: new Float32Array(size),
    departure: new Float32Array(size),
    closedFormDeparture: new Float32Array(size),
    ...more,
  };
}

function filled(value: number, size = 8): Float32Array {
  return new Float32Array(size).fill(value);
}

function freeze(given: FreezeRule, blocks: readonly TestedBlock[], more: Partial<Freezing> = {}) {
  const { frontier = Int32Array.of(0) } = more;
  const errors = noErrors(frontier.length);
  return freezeRows(given, blocks, { errors, restarts: 0, ...more, frontier });
}

function frontierOf(...given: Parameters<typeof freeze>): number[] {
  return [...freeze(...given).frontier];
}

describe('the leading rows freeze', () => {
  it('up to the first one that moved too far, and the first one always', () => {
    const far = freeze(rule, [{ rows: rows(0, [9, 9e-4, 8e-4, 1.1e-3, 0]) }]);
    expect([...far.frontier]).toEqual([3]);
    expect(far.updateNorm).toBe(9);
    expect(frontierOf(rule, [{ rows: rows(0, [9, 1, 0]) }])).toEqual([1]);
  });

  it.each([
    [0, 1e-3],
    [0.5, 1.5e-3],
    [1, 2e-3],
  ])('with randomness %d below a weighted movement of %d', (randomness, limit) => {
    const given = { ...rule, randomness };
    expect(frontierOf(given, [{ rows: rows(0, [9, 0.99 * limit, 0]) }])).toEqual([3]);
    expect(frontierOf(given, [{ rows: rows(0, [9, 1.01 * limit, 0]) }])).toEqual([1]);
  });

  it('in proportion to the tolerance, but for 0.01 at most', () => {
    const passes = (tolerance: number, movement: number) =>
      frontierOf({ ...rule, tolerance }, [{ rows: rows(0, [0, movement]) }])[0] === 2;
    expect([passes(0.003, 2.9e-4), passes(0.003, 3.1e-4)]).toEqual([true, false]);
    for (const tolerance of [0.01, 0.03, 1]) {
      expect([passes(tolerance, 9.9e-4), passes(tolerance, 1.01e-3)]).toEqual([true, false]);
    }
  });

  it('by the gain of everything to the right, over the border of a block', () => {
    const left = { rows: rows(0, [0, 6e-4]) };
    const calm = { rows: rows(2, [6e-4, 0]) };
    expect(frontierOf(rule, [left, calm])).toEqual([4]);
    const expanding = { rows: rows(2, [6e-4, 0], { gain: Float32Array.of(2, 1) }) };
    expect(frontierOf(rule, [left, expanding])).toEqual([1]);
    const contracting = { rows: rows(2, [6e-4, 0], { gain: Float32Array.of(0.1, 0.1) }) };
    expect(frontierOf(rule, [left, contracting])).toEqual([4]);
  });

  it('not where the left boundary of their block moved under them', () => {
    const left = { rows: rows(0, [0, 0]) };
    const right = { rows: rows(2, [0, 0], { slope: Float32Array.of(-0.5, 0.1) }) };
    const after = (movement: number) =>
      frontierOf(rule, [left, { ...right, movement: Float64Array.of(movement) }]);
    expect(after(0)).toEqual([4]);
    expect(after(1.9e-3)).toEqual([4]);
    expect(after(2.1e-3)).toEqual([2]);
    expect(after(NaN)).toEqual([2]);
  });

  it('tighter where the noise is small, but for the last row', () => {
    const quiet = { ...rule, sigmaPosterior: new Float64Array(8).fill(0.01) };
    const frontier = Int32Array.of(5);
    expect(frontierOf(quiet, [{ rows: rows(5, [0, 2e-4, 9e-4]) }], { frontier })).toEqual([6]);
    expect(frontierOf(quiet, [{ rows: rows(5, [0, 9e-5, 9e-4]) }], { frontier })).toEqual([8]);
  });

  it.each([
    ['an ODE', exact],
    ['DDPM', { ...exact, randomness: 1 }],
    ['parataa', { ...exact, scanned: false }],
  ])('in exact mode of %s only where not one bit of a row and of its input moved', (...given) => {
    const least = 2 ** -149;
    const after = (movement: number[], left = 0) =>
      frontierOf(given[1], [{ rows: rows(0, movement), movement: Float64Array.of(left) }])[0];
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

/** e of one sample before the round. */
function off(bound: number, departure = -1): ErrorState {
  return { bound: Float64Array.of(bound), departure: Float64Array.of(departure) };
}

describe('the running bound', () => {
  const still = (first: number) => [{ rows: rows(first, new Array<number>(8 - first).fill(0)) }];

  it('may spend a part of the tolerance that grows with the cube of the row', () => {
    // 5 e is a tenth of the tolerance: 0.02 + 0.98 (3/8)^3 = 0.07, 0.02 + 0.98 (4/8)^3 = 0.14
    const errors = off(2e-4);
    const after = (first: number) =>
      frontierOf(rule, still(first), { errors, frontier: Int32Array.of(first) })[0];
    expect([after(0), after(1), after(2), after(3)]).toEqual([1, 2, 8, 8]);
  });

  it('may spend more the more the noise of later steps forgets, and all where that is DDPM', () => {
    const after = (bound: number, randomness: number) =>
      frontierOf({ ...rule, randomness }, still(2), {
        ...{ errors: off(bound), frontier: Int32Array.of(2) },
      })[0];
    // row 4 may have twice 0.1425 of the tolerance, and 6.25 e is it
    expect([after(4.4e-4, 0.5), after(4.7e-4, 0.5)]).toEqual([8, 3]);
    expect(after(100, 1)).toBe(8);
  });

  it('holds rows back whose steps are far from linear, though they hardly move', () => {
    const slow = new Array<number>(8).fill(5e-4);
    const after = (departure: number, first = 0) => {
      const moved = rows(first, slow.slice(first), { departure: filled(departure, 8 - first) });
      return frontierOf(rule, [{ rows: moved }], { frontier: Int32Array.of(first) })[0];
    };
    expect([after(0), after(0.02), after(1)]).toEqual([8, 8, 1]);
    // at the end there is room for it
    expect(after(1, 6)).toBe(8);
  });

  it('is that of the frozen rows, and remembers what their steps were like', () => {
    const given = rows(4, [4e-4, 4e-4, 9, 9], {
      departure: Float32Array.of(-1, 0.125, 0.25, -1),
      closedFormDeparture: Float32Array.of(-1, 0.5, 0.75, -1),
      gain: Float32Array.of(2, 1, 1, 1),
    });
    const frontier = Int32Array.of(4);
    const found = freeze(rule, [{ rows: given }], { frontier, errors: off(1e-4, 0.3) });
    expect([...found.frontier]).toEqual([6]);
    // the gain of the first row doubles what was there; the second adds 1.25 kappa RMS(dx)
    expect(found.errors.bound[0]).toBeCloseTo(2e-4 + 1.25 * 0.125 * 4e-4, 9);
    expect(found.errorEstimate).toBeCloseTo(5 * (2e-4 + 6.25e-5), 8);
    expect([...found.errors.departure]).toEqual([0.75]);
  });

  it('is stricter after every restart, like the rule for movements', () => {
    const moved = [{ rows: rows(0, [0, 1.5e-4, 0]) }];
    const byMovement = [0, 1, 2].map((restarts) => frontierOf(rule, moved, { restarts })[0]);
    expect(byMovement).toEqual([3, 3, 1]);
    const byBound = [0, 1, 2].map((restarts) =>
      frontierOf(rule, still(6), { restarts, errors: off(3e-4), frontier: Int32Array.of(6) }),
    );
    // row 8 may have the whole tolerance, a fifth and a twenty-fifth of it
    expect(byBound).toEqual([[8], [8], [7]]);
  });

  it('is told for the worst sample, and kept for each', () => {
    const errors = { bound: Float64Array.of(1e-4, 3e-4), departure: Float64Array.of(-1, 0.5) };
    const frontier = Int32Array.of(7, 7);
    const found = freeze(rule, [{ rows: rows(7, [0, 0]) }], { errors, frontier });
    expect(found.errors.bound).toEqual(errors.bound);
    expect(found.errorEstimate).toBeCloseTo(1.5e-3, 12);
  });

  it.each(['paradigms', 'parataa', 'srds'] as const)('does not touch the rule of %s', (stop) => {
    const given = { ...rule, stop };
    for (const blocks of [still(0), [{ rows: rows(0, [9, 9, 9e-3, 0, 0, 0, 0, 0]) }]]) {
      const wanted = freeze(given, blocks);
      const found = freeze(given, blocks, { errors: off(1), restarts: 1 });
      expect(found.frontier).toEqual(wanted.frontier);
      expect(found).toMatchObject({ errorEstimate: 5, distrusted: false });
    }
  });

  it('does not touch what no scan made', () => {
    const given = { ...rule, scanned: false };
    expect(frontierOf(given, still(0), { errors: off(1) })).toEqual([8]);
  });
});

describe('the rounds are distrusted', () => {
  /** One row of gain 3 freezes, whatever it costs. */
  const growing = [{ rows: rows(0, [0.1, 0.1], { gain: Float32Array.of(3, 1) }) }];
  const judge = (given: FreezeRule, bound: number, restarts = 0) =>
    freeze(given, growing, { errors: off(bound), restarts });

  it('when the bound outgrows twice the tolerance by gain alone', () => {
    const fine = judge(rule, 1.3e-3);
    expect(fine).toMatchObject({ distrusted: false, frontier: Int32Array.of(1) });
    expect(fine.errorEstimate).toBeCloseTo(0.0195, 9);
    const wild = judge(rule, 1.4e-3);
    expect(wild).toMatchObject({ distrusted: true, frontier: Int32Array.of(1) });
    expect(wild.errorEstimate).toBeCloseTo(0.021, 9);
    expect(judge(ddpm, 1e-3).distrusted).toBe(true);
    expect(judge({ ...rule, tolerance: 0.1 }, 1.4e-3).distrusted).toBe(false);
  });

  it('when one of the samples is', () => {
    const two = { ...rows(0, [0, 0]), gain: Float32Array.of(1, 3) };
    const errors = (...bound: number[]) => ({ ...noErrors(2), bound: Float64Array.from(bound) });
    const frontier = Int32Array.of(0, 0);
    const of = (given: ErrorState) =>
      freeze(rule, [{ rows: two }], { frontier, errors: given }).distrusted;
    expect([of(errors(0, 1.4e-3)), of(errors(1.4e-3, 0))]).toEqual([true, false]);
  });

  it('twice at most', () => {
    expect([0, 1, 2].map((restarts) => judge(rule, 1, restarts).distrusted)).toEqual([
      ...[true, true, false],
    ]);
  });

  it('never where the bound decides nothing', () => {
    expect(judge({ ...rule, scanned: false }, 1).distrusted).toBe(false);
    expect(judge({ ...rule, stop: 'srds' }, 1).distrusted).toBe(false);
    expect(judge(exact, 0).distrusted).toBe(false);
  });
});

describe('the rule of a job', () => {
  it('knows from the coefficients how random its sampler is', () => {
    const of = (solver: Parameters<typeof tableOf>[0]) =>
      freezeRule(tableOf(solver), { tolerance: 0.01 }, 'secant').randomness;
    expect(of({ solver: { kind: 'ddim', eta: 0 } })).toBe(0);
    expect(of({ solver: { kind: 'ddim', eta: 0.4 } })).toBeCloseTo(0.4, 9);
    expect(of({ solver: { kind: 'ddpm' } })).toBe(1);
  });

  it('trusts the bound where a scan makes the rows', () => {
    const scanned = methodNames.filter(
      (name) => freezeRule(tableOf(), { tolerance: 0.01 }, name).scanned,
    );
    expect(scanned).toEqual(['sequential', 'picard', 'picard-eps', 'secant']);
  });
});
