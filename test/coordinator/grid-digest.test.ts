import { describe, expect, it } from 'vitest';
import { gridSha256 } from '../../coordinator/shell/certification.ts';

const levels = Float64Array.of(0.9, 0.5, 0.1);
const rule = {
  value: 'denoised',
  stateScale: Float64Array.of(1, 0.9),
  outputScale: Float64Array.of(0, 0.1),
  valueScale: Float64Array.of(0.2, 0, 0.3, 0.4),
};
const grid = { timesteps: levels, signals: levels, sigmas: levels, noiseScales: levels, rule };
const digest = (changes: object) => gridSha256({ ...grid, ...changes } as never);
const other = (values: Float64Array) => values.map((value, k) => value + (k === 1 ? 1e-15 : 0));

describe('the digest of a grid', () => {
  it.each(['timesteps', 'signals', 'sigmas', 'noiseScales'] as const)('is of its %s', (name) => {
    expect(digest({ [name]: other(levels) })).not.toBe(digest({}));
  });

  it.each(['stateScale', 'outputScale', 'valueScale'] as const)('is of %s', (name) => {
    expect(digest({ rule: { ...rule, [name]: other(rule[name]) } })).not.toBe(digest({}));
  });

  it('is of how the latents begin, and of whether steps have a rule', () => {
    expect(digest({ initialScale: 14.6 })).not.toBe(digest({}));
    expect(digest({ initialScale: 1 })).toBe(digest({}));
    expect(digest({ rule: undefined })).not.toBe(digest({}));
  });
});
