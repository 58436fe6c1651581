import { describe, expect, it } from 'vitest';

import { compareStates } from '../../coordinator/shell/compare-states.ts';

const spec = { dim: 4, guidance: 0 };
const precision = { spec, parts: 1, samples: [0, 1], outputScale: -0.02, jitter: 0, gap: 1e-6 };
const state = (change = 0, element = 0): Float32Array => {
  const values = Float32Array.of(1, -2, 0.5, 3, 0.1, 0.2, -0.3, 0.4);
  values[element] = (values[element] ?? 0) + change;
  return values;
};

describe('workers that computed the same step', () => {
  it('agree where their states are equal, or differ by rounding', () => {
    expect(compareStates([state(), state(), state(1e-7, 6)], precision).agrees).toEqual([0, 0, 0]);
  });

  it('do not where an output was wrong by more than processors differ', () => {
    // 0.02 of an output that is wrong by 1e-3 in one element
    const found = compareStates([state(), state(2e-5, 5), state()], precision);
    expect(found.agrees).toEqual([0, 1, 0]);
    expect(found.difference).toBeCloseTo(1e-5, 7);
    expect(found.allowed).toBeLessThan(1e-6);
  });

  it('are compared by the states of bundles', () => {
    const two = { ...precision, samples: [0], parts: 2 };
    expect(compareStates([state(), state(1e-3, 5)], two).agrees).toEqual([0, 0]);
    expect(compareStates([state(), state(1e-3, 3)], two).agrees).toEqual([0, 1]);
  });

  it('are several parties where all differ', () => {
    const states = [state(), state(1e-3), state(2e-3), state(1e-3)];
    expect(compareStates(states, precision).agrees).toEqual([0, 1, 2, 1]);
  });

  it('may differ by three times the jitter of the model, and what guidance makes of it', () => {
    const [one, other] = [state(), state(2e-4, 5)];
    const agrees = (changes: object): boolean =>
      compareStates([one, other], { ...precision, ...changes }).agrees[1] === 0;
    expect(agrees({ jitter: 1e-3 })).toBe(false);
    expect(agrees({ jitter: 2e-3 })).toBe(true);
    expect(agrees({ jitter: 1e-3, spec: { ...spec, guidance: 3 } })).toBe(true);
    expect(agrees({ gap: 6e-3 })).toBe(true);
  });

  it('are asked about some samples only', () => {
    const found = (samples: number[]) =>
      compareStates([state(), state(1e-3, 5)], { ...precision, samples }).agrees;
    expect(found([0])).toEqual([0, 0]);
    expect(found([1])).toEqual([0, 1]);
  });

  it('may differ by the rounding of float16 where latents travel as that', () => {
    const half = { ...precision, spec: { ...spec, half: true } };
    expect(compareStates([state(), state(5e-4, 5)], half).agrees).toEqual([0, 0]);
    expect(compareStates([state(), state(5e-2, 5)], half).agrees).toEqual([0, 1]);
  });

  it('do not where one has no number, or another shape', () => {
    expect(compareStates([state(), state(NaN)], precision).agrees).toEqual([0, 1]);
    expect(compareStates([state(), new Float32Array(3)], precision).agrees).toEqual([0, 1]);
  });
});
