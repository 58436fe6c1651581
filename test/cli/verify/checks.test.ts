import { describe, expect, it } from 'vitest';

import type { CertificateDocument } from '../../../cli/job/certificate-document.ts';
import {
  allowances,
  hashCheck,
  incrementCheck,
  lastRowCheck,
  noiseCheck,
  passedCheck,
  residualCheck,
  summaryCheck,
} from '../../../cli/verify/checks.ts';
import { initialState } from '../../support/mixture-job.ts';
import { certificate } from './certificate.ts';
import { changeBy } from '../../support/change.ts';

const document: CertificateDocument = certificate({
  steps: 3,
  rows: 3,
  samples: 2,
  residualMax: Math.fround(0.004),
  residualRow: 2,
  residualSample: 1,
  increments: [0.001, 0.002],
});
const residuals = Float32Array.of(0, 0.001, 0.002, 0.003, 0, 0.004);
const now = {
  residuals,
  increments: [0.001, 0.002],
  outputScales: [-0.5, 0.1, 0.01],
  batchJitter: 0,
};

function changed(at: number, by: number): Float32Array {
  return residuals.map((one, k) => (k === at ? one + by : one));
}

describe('what a verification checks', () => {
  it('hashes, in full', () => {
    expect(hashCheck('a', 'ab'.repeat(32), 'ab'.repeat(32)).held).toBe(true);
    const last = `${'ab'.repeat(31)}ac`;
    expect(hashCheck('a', 'ab'.repeat(32), last)).toMatchObject({ name: 'SHA-256 of a' });
    expect(hashCheck('a', 'ab'.repeat(32), last).held).toBe(false);
  });

  it('that the samples are the last row, to the bit', () => {
    const states = Float32Array.of(9, 9, 1, 2);
    const one = { samples: 1, latentsPerRow: 1 };
    expect(lastRowCheck(one, states, Float32Array.of(1, 2)).held).toBe(true);
    const other = lastRowCheck(one, states, Float32Array.of(1, 2 + 2 ** -22));
    expect(other.held).toBe(false);
    expect(other.detail).toContain('element 1');
    // two samples of one element, each with one value of the model behind it
    const bundles = Float32Array.of(9, 9, 9, 9, 1, 8, 2, 8);
    const two = { samples: 2, latentsPerRow: 2 };
    expect(lastRowCheck(two, bundles, Float32Array.of(1, 2)).held).toBe(true);
    expect(lastRowCheck(two, bundles, Float32Array.of(1, 8)).held).toBe(false);
  });

  it('that the first row is the noise of the seed', () => {
    const noise = initialState(7, 2, 5);
    const states = Float32Array.of(...noise, ...noise);
    const of = { seed: 7, samples: 2, latentsPerRow: 1, sampleShape: [5] };
    expect(noiseCheck(of, states, 1).held).toBe(true);
    expect(noiseCheck({ ...of, seed: 8 }, states, 1).held).toBe(false);
    expect(noiseCheck(of, states, 1.5).held).toBe(false);
    const scaled = Float32Array.from(states, (value) => 1.5 * value);
    expect(noiseCheck(of, scaled, 1.5).held).toBe(true);
    changeBy(states, 9, 1e-6);
    expect(noiseCheck(of, states, 1).held).toBe(false);
  });

  it('residuals row by row, to what rounding may differ by', () => {
    expect(residualCheck(document, residuals, now).held).toBe(true);
    // |b| 1e-6 of each step
    expect(allowances(document, now)).toEqual([5e-7, 1e-7, 1e-8]);
    expect(residualCheck(document, residuals, { ...now, residuals: changed(2, 9e-8) }).held).toBe(
      true,
    );
    const found = residualCheck(document, residuals, { ...now, residuals: changed(2, 4e-7) });
    expect(found.held).toBe(false);
    expect(found.detail).toContain('1 of 3 rows differ; step 1, sample 0');
  });

  it('residuals to what the model differs by between batch sizes', () => {
    const jittered = { ...now, batchJitter: 1e-5 };
    const other = { ...jittered, residuals: changed(2, 2.9e-6) };
    expect(residualCheck(document, residuals, other).held).toBe(true);
    const more = { ...jittered, residuals: changed(2, 3.3e-6) };
    expect(residualCheck(document, residuals, more).held).toBe(false);
    const recorded = { ...document, batchJitter: 1e-5 };
    expect(residualCheck(recorded, residuals, { ...more, batchJitter: 0 }).held).toBe(false);
    expect(residualCheck(recorded, residuals, { ...other, batchJitter: 0 }).held).toBe(true);
  });

  it('takes what is missing or no number for a difference', () => {
    const short = { ...now, residuals: residuals.subarray(0, 4) };
    expect(residualCheck(document, residuals, short).held).toBe(false);
    expect(residualCheck(document, residuals, { ...now, residuals: changed(0, NaN) }).held).toBe(
      false,
    );
  });

  it('the increment of every sample', () => {
    expect(incrementCheck(document, now).held).toBe(true);
    expect(incrementCheck(document, { ...now, increments: [0.001, 0.0021] }).held).toBe(false);
    expect(incrementCheck(document, { ...now, increments: [0.001] }).held).toBe(false);
    expect(incrementCheck(document, { ...now, increments: [NaN, 0.002] }).held).toBe(false);
  });

  it('that the certificate says what its residuals say', () => {
    expect(summaryCheck(document, residuals).held).toBe(true);
    expect(summaryCheck(document, changed(1, 0.1)).held).toBe(false);
    expect(summaryCheck({ ...document, residualMax: 0.003 }, residuals).held).toBe(false);
    expect(summaryCheck({ ...document, residualSample: 0 }, residuals).held).toBe(false);
    expect(summaryCheck({ ...document, tolerance: 0.001 }, residuals).held).toBe(false);
    const failed = { ...document, tolerance: 0.001, passed: false, reason: 'too large' };
    expect(summaryCheck(failed, residuals).held).toBe(true);
    expect(passedCheck(failed)).toMatchObject({ held: false, detail: 'too large' });
  });
});
