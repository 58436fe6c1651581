import { describe, expect, it } from 'vitest';

import { gaussianMixture, mixturePredictor } from '../../shared/numerics/analytic.ts';
import { levelOf } from '../../shared/numerics/parameterization.ts';
import { patchMixture, predictPatches } from '../../shared/numerics/patch-mixture.ts';
import { rms } from '../../shared/numerics/vector.ts';
import { lcg } from '../support/lcg.ts';

const patch = 64;

function noise(length: number, seed: number): Float32Array {
  const random = lcg(seed);
  return Float32Array.from({ length }, () => random(4001) / 1000 - 2);
}

describe('a mixture of patches', () => {
  it('is, patch by patch, the mixture of two modes', () => {
    const dim = 5 * patch;
    const mixture = patchMixture(dim);
    const states = noise(dim, 7);
    for (const alphaBar of [0.001, 0.3, 0.9, 0.9999]) {
      const outputs = new Float32Array(dim);
      predictPatches(mixture, levelOf(alphaBar), { states, outputs }, 0);
      const expected = new Float32Array(dim);
      for (let k = 0; k < 5; k++) {
        const mean = mixture.means.subarray(k * patch, (k + 1) * patch);
        const means = Float32Array.from([...mean, ...mean.map((value) => -value)]);
        const two = gaussianMixture({ means, modes: 2, dim: patch, std: 0.3 });
        const own = { states: states.slice(k * patch, (k + 1) * patch), out: new Float32Array(64) };
        mixturePredictor(two, 'epsilon')(levelOf(alphaBar), own.states, own.out, 0);
        expected.set(own.out, k * patch);
      }
      expect(rms(outputs, 0, dim)).toBeGreaterThan(0.01);
      for (const [e, value] of outputs.entries()) expect(value).toBeCloseTo(expected[e] ?? NaN, 5);
    }
  });

  it('repeats its kinds, so that any size is as hard as any other', () => {
    const dim = 2 * 64 * patch;
    const half = noise(dim / 2, 3);
    const states = Float32Array.from([...half, ...half]);
    const outputs = new Float32Array(dim);
    predictPatches(patchMixture(dim), levelOf(0.5), { states, outputs }, 0);
    expect(outputs.slice(0, dim / 2)).toEqual(outputs.slice(dim / 2));
  });

  it('takes whole patches only', () => {
    expect(() => patchMixture(patch + 1)).toThrow(RangeError);
    expect(() => patchMixture(0)).toThrow(RangeError);
  });
});
