import { describe, expect, it } from 'vitest';
import type { ErrorState } from '../../../shared/kernel/error-state.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import type { FreezeRule } from '../../../shared/numerics/solver/freeze.ts';
import { rule, exact, rows, filled, freeze, frontierOf, off } from '../../support/freeze-rows.ts';

describe('the running bound', () => {
  const still = (first: number) => [{ rows: rows(first, new Array<number>(8 - first).fill(0)) }];

  it('is that of the frozen rows, and remembers what their steps were like', () => {
    const given = rows(4, [4e-4, 4e-4, 9, 9], {
      departure: Float32Array.of(-1, 0.125, 0.25, -1),
      closedFormDeparture: Float32Array.of(-1, 0.5, 0.75, -1),
      gain: Float32Array.of(2, 1, 1, 1),
    });
    const frontier = Int32Array.of(4);
    const found = freeze(rule, [{ rows: given }], { frontier, errors: off(1e-4, 0.3) });
    expect([...found.frontier]).toEqual([6]);
    // the gain of the first row doubles what was there; the second adds 1.5 kappa RMS(dx)
    expect(found.errors.bound[0]).toBeCloseTo(2e-4 + 1.5 * 0.125 * 4e-4, 9);
    expect(found.errorEstimate).toBeCloseTo(2.5 * (2e-4 + 7.5e-5), 8);
    expect(found.errors.defects[0]).toBeCloseTo(1.5 * 0.125 * 4e-4, 9);
    expect(found.errors.departure[0]).toBeCloseTo(0.75 / 0.1, 12);
  });

  it('knows what of a defect reaches the sample, and keeps modes by the whole of it', () => {
    const nearGain = filled(0, 4);
    const given = rows(0, [1e-3, 1e-3, 0, 0], { departure: filled(0.5, 4), nearGain });
    const loose = { ...rule, tolerance: 0.01, defectShare: new Float64Array(8).fill(9) };
    const contraction = new Float64Array(8).fill(0.02);
    const of = (known: FreezeRule) => freeze({ ...known, stop: undefined }, [{ rows: given }]);
    const [whole, part] = [of(loose), of({ ...loose, contraction })];
    expect([...whole.frontier]).toEqual([4]);
    expect(whole.errorEstimate).toBeGreaterThan(1e-3);
    expect(part.frontier).toEqual(whole.frontier);
    expect(part.errors.bound).toEqual(whole.errors.bound);
    expect(part.errors.reaching[0]).toBeCloseTo(0.02 * (whole.errors.reaching[0] ?? 0), 12);
    expect(part.errorEstimate).toBeCloseTo(1.25 * 0.02 * whole.errorEstimate, 12);
    const errors = off(1);
    const judged = freeze({ ...loose, contraction }, [{ rows: given }], { errors });
    expect(judged.distrusted).toBe(true);
  });

  it('is told as what the gains of the rows leave of it, where that is more', () => {
    const of = (near: number, contraction = 0.02) => {
      const more = { departure: filled(0.5, 4), nearGain: filled(near, 4), gain: filled(0.3, 4) };
      const given = rows(0, [1e-3, 1e-3, 0, 0], more);
      const all = (value: number) => new Float64Array(8).fill(value);
      const known = { ...rule, defectShare: all(9), contraction: all(contraction) };
      return freeze(known, [{ rows: given }], { errors: off(0) });
    };
    // two rows leave 7.5e-4 each; the first defect passes two steps more, the other one
    const left = 7.5e-4 * (0.6 ** 2 + 0.6);
    expect(of(0.6).errors.carried[0]).toBeCloseTo(left, 9);
    expect(of(0.6).errorEstimate).toBeCloseTo(2.5 * 1.25 * left, 9);
    expect(of(0.6, 0.7).errorEstimate).toBeCloseTo(2.5 * 1.25 * 0.7 * 1.5e-3, 9);
    // nothing makes it more than what nothing contracts
    expect(of(3).errors.carried[0]).toBeGreaterThan(8e-3);
    expect(of(3).errorEstimate).toBeCloseTo(2.5 * 1.5e-3, 9);
  });

  it('goes on with what gains made of it before, sample by sample', () => {
    const errors = { ...noErrors(2), bound: Float64Array.of(1, 1) };
    errors.carried.set([1e-3, 3e-3]);
    const given = { ...rows(7, [0, 0]), nearGain: Float32Array.of(0.5, 0.25) };
    const frontier = Int32Array.of(7, 7);
    const found = freeze(rule, [{ rows: given }], { errors, frontier });
    expect([...found.errors.carried]).toEqual([5e-4, 7.5e-4]);
    expect(found.errorEstimate).toBeCloseTo(2.5 * 1.25 * 7.5e-4, 12);
    expect([...errors.carried]).toEqual([1e-3, 3e-3]);
  });

  it('is stricter after every restart, like what each row may leave', () => {
    const byMovement = [0, 1, 2].map(
      (restarts) => frontierOf(rule, [{ rows: rows(0, [0, 2e-4, 0]) }], { restarts })[0],
    );
    expect(byMovement).toEqual([3, 3, 1]);
    const left = rows(0, [1e-4, 1e-4, 0], { departure: filled(0.5, 3) });
    const byDefect = [0, 1, 2].map(
      (restarts) => frontierOf(rule, [{ rows: left }], { restarts })[0],
    );
    // the second row may leave 3.4e-4, a fifth and a twenty-fifth of it
    expect(byDefect).toEqual([3, 1, 1]);
  });

  it('is stricter where rows began anew', () => {
    const moved = [{ rows: rows(0, [0, 1e-3, 0]) }];
    const left = [{ rows: rows(0, [1e-4, 1e-4, 0], { departure: filled(0.5, 3) }) }];
    const spent = { ...rule, defectShare: new Float64Array(8).fill(0.01) };
    expect(frontierOf(rule, moved)).toEqual([3]);
    expect(frontierOf(rule, moved, { roundsLost: 4 })).toEqual([1]);
    expect(frontierOf(spent, left)).toEqual([3]);
    expect(frontierOf(spent, left, { roundsLost: 4 })).toEqual([1]);
  });

  it('is stricter where the model is guided, and says more of what it left', () => {
    const threefold = { ...rule, spread: 3 };
    const moved = [{ rows: rows(0, [0, 1e-3, 0]) }];
    expect(frontierOf(threefold, moved)).toEqual([1]);
    expect(frontierOf(threefold, [{ rows: rows(0, [0, 4e-4, 0]) }])).toEqual([3]);
    const still = [{ rows: rows(7, [0]) }];
    const given = { errors: off(1e-4), frontier: Int32Array.of(7) };
    const plain = freeze(rule, still, given);
    expect(freeze(threefold, still, given).errorEstimate).toBeCloseTo(3 * plain.errorEstimate, 12);
    expect(freeze({ ...rule, spread: 9 }, still, given)).toEqual(freeze(threefold, still, given));
  });

  it('grows in each group of elements by the gains of that group', () => {
    const errors = noErrors(1, 2);
    errors.bound.set([1e-4, 3e-4]);
    errors.reaching.set([1e-4, 3e-4]);
    errors.defects.set([1e-4]);
    // at one row the first group decides something, at the next the second
    const gains = { gain: filled(2, 2), groupGain: Float32Array.of(2, 0.5, 1, 2) };
    const given = [{ rows: rows(6, [0, 0], gains) }];
    const found = freeze(rule, given, { errors, frontier: Int32Array.of(6) });
    expect([...found.errors.bound]).toEqual([2e-4, 6e-4]);
    expect(found.errorEstimate).toBeCloseTo(2.5 * Math.sqrt((2e-4 ** 2 + 6e-4 ** 2) / 2), 12);
    const alone = [{ rows: rows(6, [0, 0], { gain: filled(2, 2) }) }];
    const whole = freeze(rule, alone, { errors: off(3e-4, 1e-4), frontier: Int32Array.of(6) });
    expect(whole.errors.bound[0]).toBeCloseTo(4 * 3e-4, 12);
  });

  it('is told for the worst sample, and kept for each', () => {
    const errors = {
      bound: Float64Array.of(1e-4, 3e-4),
      defects: Float64Array.of(1e-4, 2e-4),
      reaching: Float64Array.of(1e-4, 3e-4),
      carried: Float64Array.of(1e-4, 3e-4),
      interpolated: new Float64Array(4),
      departure: Float64Array.of(-1, 0.5),
    };
    const frontier = Int32Array.of(7, 7);
    const found = freeze(rule, [{ rows: rows(7, [0, 0]) }], { errors, frontier });
    expect(found.errors.bound).toEqual(errors.bound);
    expect(found.errors.defects).toEqual(errors.defects);
    expect(found.errorEstimate).toBeCloseTo(7.5e-4, 12);
  });

  it.each(['paradigms', 'parataa', 'srds'] as const)('does not touch the rule of %s', (stop) => {
    const given = { ...rule, stop };
    for (const blocks of [still(0), [{ rows: rows(0, [9, 9, 9e-3, 0, 0, 0, 0, 0]) }]]) {
      const wanted = freeze(given, blocks);
      const found = freeze(given, blocks, { errors: off(1), restarts: 1 });
      expect(found.frontier).toEqual(wanted.frontier);
      expect(found).toMatchObject({ errorEstimate: 5 * 2.5, distrusted: false });
    }
  });
});

describe('the rounds are distrusted', () => {
  /** One row of gain 3 freezes, whatever it costs. */
  const growing = [{ rows: rows(0, [0.1, 0.1], { gain: Float32Array.of(3, 1) }) }];
  const judge = (given: FreezeRule, bound: number, restarts = 0, amplified = 4.01) =>
    freeze(given, growing, { errors: off(bound, -1, (3 * bound) / amplified), restarts });

  it('when the bound outgrows twice the tolerance by gain alone', () => {
    const fine = judge(rule, 2.6e-3);
    expect(fine).toMatchObject({ distrusted: false, frontier: Int32Array.of(1) });
    expect(fine.errorEstimate).toBeCloseTo(0.0195, 9);
    const wild = judge(rule, 2.8e-3);
    expect(wild).toMatchObject({ distrusted: true, frontier: Int32Array.of(1) });
    expect(wild.errorEstimate).toBeCloseTo(0.021, 9);
  });

  it('when gains made more of it, sooner, and however loose the tolerance is', () => {
    const loose = { ...rule, tolerance: 0.1 };
    expect(judge(loose, 2.8e-3).distrusted).toBe(true);
    expect(judge(loose, 2.6e-3).distrusted).toBe(false);
    // sixteen times four: half of it
    const limit = (amplified: number, bound: number) => judge(rule, bound, 0, amplified).distrusted;
    expect([limit(64, 1.4e-3), limit(64, 1.3e-3)]).toEqual([true, false]);
    expect([
      judge(loose, 0.039, 0, 3.9).distrusted,
      judge(loose, 0.041, 0, 3.9).distrusted,
    ]).toEqual([false, true]);
  });

  it('when it outgrows three times the tolerance where what rows left made it so', () => {
    // e grows to 3 x bound: a quarter of it was left by rows, or a little less than that
    const at = (bound: number, defects: number) =>
      freeze(rule, growing, { errors: off(bound, -1, defects) }).distrusted;
    expect([at(2.8e-3, 2.2e-3), at(2.8e-3, 2e-3)]).toEqual([false, true]);
    expect([at(3.9e-3, 4e-3), at(4.1e-3, 9e-3)]).toEqual([false, true]);
  });

  it('when rows that were not called leave more than one and three quarters of it', () => {
    // a gain of 3 makes of 1 what 2.5 x 1.5 x 3 is, with and without what late steps contract
    const at = (given: FreezeRule, leftOut: number, kind: 0 | 1, restarts = 0): boolean => {
      const interpolated = new Float64Array(2);
      interpolated[kind] = leftOut / (2.5 * 1.5 * 3);
      const more = { gain: Float32Array.of(3, 1), nearGain: Float32Array.of(3, 1) };
      const blocks = [{ rows: rows(0, [0.1, 0.1], more) }];
      return freeze(given, blocks, { errors: { ...off(0), interpolated }, restarts }).distrusted;
    };
    for (const kind of [0, 1] as const) {
      expect([at(rule, 1.8e-2, kind), at(rule, 1.7e-2, kind)]).toEqual([true, false]);
      const [tight, loose] = [
        { ...rule, tolerance: 1e-3 },
        { ...rule, tolerance: 0.1 },
      ];
      expect([at(tight, 1.8e-3, kind), at(tight, 1.7e-3, kind)]).toEqual([true, false]);
      expect([at(loose, 1.8e-2, kind), at(loose, 1.7e-2, kind)]).toEqual([true, false]);
      expect(at({ ...rule, spread: 2 }, 0.9e-2, kind)).toBe(true);
      expect(at(rule, 1, kind, 2)).toBe(false);
    }
  });

  it('by no rows that were not called of a large latent, whose e is kept by group', () => {
    const groups = { groupGain: new Float32Array(4).fill(1), peak: new Float32Array(2) };
    const blocks = [{ rows: rows(0, [0.1, 0.1], groups) }];
    const errors = { ...noErrors(1, 2), interpolated: Float64Array.of(1, 1) };
    const judged = freeze(rule, blocks, { errors });
    expect(judged.errorEstimate).toBeCloseTo(2.5 * 1.5, 1);
    expect(judged.distrusted).toBe(false);
  });

  it('and what it says after that is five times as much: it amplifies more than gains say', () => {
    const estimate = (restarts: number): number =>
      freeze(rule, growing, { errors: off(1e-3), restarts }).errorEstimate;
    expect([1, 2].map((restarts) => estimate(restarts) / estimate(0))).toEqual([5, 5]);
  });

  it('when one of the samples is', () => {
    const two = { ...rows(0, [0, 0]), gain: Float32Array.of(1, 3) };
    const errors = (...bound: number[]) => ({
      ...noErrors(2),
      bound: Float64Array.from(bound),
      defects: Float64Array.from(bound, (e) => (3 * e) / 4.01),
    });
    const frontier = Int32Array.of(0, 0);
    const of = (given: ErrorState) =>
      freeze(rule, [{ rows: two }], { frontier, errors: given }).distrusted;
    expect([of(errors(0, 2.8e-3)), of(errors(2.8e-3, 0))]).toEqual([true, false]);
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
