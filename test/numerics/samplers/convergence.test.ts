import { describe, expect, it } from 'vitest';
import { preservingLevel, type Levels, type Rows } from '../../../shared/numerics/levels.ts';
import { ddimRows } from '../../../shared/numerics/samplers/ddim.ts';
import { deisRows } from '../../../shared/numerics/samplers/deis.ts';
import { singlestepRows } from '../../../shared/numerics/samplers/dpmpp-single.ts';
import { dpmppRows } from '../../../shared/numerics/samplers/dpmpp.ts';
import { heunRows } from '../../../shared/numerics/samplers/heun.ts';
import { lmsRows } from '../../../shared/numerics/samplers/lms.ts';
import { pndmRows } from '../../../shared/numerics/samplers/pndm.ts';
import { saRows } from '../../../shared/numerics/samplers/sa-solver.ts';
import { unipcRows } from '../../../shared/numerics/samplers/unipc.ts';
import { at } from '../support.ts';
import { denoisedOf, relativeDifference, walk } from './walk.ts';

/** A smooth problem: two modes that overlap, from lam = -1.2 to 1.2. */
const denoised = denoisedOf({
  weights: [0.6, 0.4],
  means: [
    [0.8, -0.5, 0.3, 1.1],
    [-0.7, 0.6, -0.4, 0.2],
  ],
  variances: [0.6, 0.9],
});
const initial = [0.4, -1.1, 0.7, 0.2];

/**
 * Steps in lam that grow from 1/n^2: the first one, of order 1 for every method, is then so short
 * that the order of all the others is what shows.
 */
function gradedLevels(steps: number): Levels {
  const lambdas = Array.from({ length: steps + 1 }, (_, i) => -1.2 + 2.4 * (i / steps) ** 2);
  const levels = lambdas.map((lambda) => preservingLevel(Math.exp(-lambda)));
  return {
    timestep: Float64Array.from({ length: steps }, (_, i) => steps - i),
    signal: Float64Array.from(levels, ({ signal }) => signal),
    sigma: Float64Array.from(levels, ({ sigma }) => sigma),
    initialScale: 1,
  };
}

/** The sample without noise: for noisy samplers the equation that their drift solves. */
function sampleOf(method: (levels: Levels) => Rows, steps: number): number[] {
  const rows = method(gradedLevels(steps));
  const grid = { ...rows, prediction: 'denoised' as const };
  const still = { ...grid, noiseScale: grid.noiseScale.map(() => 0) };
  return walk(still, { network: denoised, initial, noise: [] }).at(-1) ?? [];
}

/** Powers of 2 that the error falls by when steps are halved. */
function orderOf(
  method: (levels: Levels) => Rows,
  reference: readonly number[],
  steps = 36,
): number {
  const error = (n: number): number => relativeDifference(sampleOf(method, n), reference);
  return Math.log2(error(steps) / error(2 * steps));
}

const whole = { lowerOrderFinal: false } as const;
const never = { value: 0, from: 0, to: 0 } as const;

const deterministic: [name: string, order: number, method: (levels: Levels) => Rows][] = [
  ['DDIM', 1, (l) => ddimRows(l, 0, { prediction: 'denoised' })],
  ['DPM-Solver++ 1', 1, (l) => dpmppRows(l, { order: 1 })],
  ['DPM-Solver++ 2M midpoint', 2, (l) => dpmppRows(l, { order: 2, ...whole })],
  ['DPM-Solver++ 2M heun', 2, (l) => dpmppRows(l, { order: 2, correction: 'heun', ...whole })],
  ['DPM-Solver++ 3M', 3, (l) => dpmppRows(l, { order: 3, ...whole })],
  ['DPM-Solver++ 2S', 2, (l) => singlestepRows(l, { order: 2, ...whole })],
  ['DPM-Solver++ 3S midpoint', 3, (l) => singlestepRows(l, { order: 3, ...whole })],
  ['DPM-Solver++ 3S heun', 3, (l) => singlestepRows(l, { order: 3, correction: 'heun', ...whole })],
  ['Heun', 2, (l) => heunRows(l, {})],
  ['LMS 2', 2, (l) => lmsRows(l, 2)],
  ['LMS 4', 4, (l) => lmsRows(l, 4)],
  ['DEIS 2', 2, (l) => deisRows(l, { order: 2, ...whole })],
  ['DEIS 3', 3, (l) => deisRows(l, { order: 3, ...whole })],
  ['UniP-2', 2, (l) => unipcRows(l, { order: 2, corrector: false, ...whole })],
  ['UniPC-1', 2, (l) => unipcRows(l, { order: 1, ...whole })],
  ['UniPC-2 bh1', 3, (l) => unipcRows(l, { order: 2, variant: 'bh1', ...whole })],
  ['UniPC-2 bh2', 3, (l) => unipcRows(l, { order: 2, ...whole })],
  ['UniPC-3', 4, (l) => unipcRows(l, { order: 3, ...whole })],
  ['SA 2, 2', 2, (l) => saRows(l, { predictorOrder: 2, correctorOrder: 2, tau: never, ...whole })],
  ['SA 3, 0', 3, (l) => saRows(l, { predictorOrder: 3, correctorOrder: 0, tau: never, ...whole })],
];

describe('error of the deterministic samplers when steps are halved', () => {
  const reference = sampleOf((l) => unipcRows(l, { order: 3, ...whole }), 1200);

  it.each(deterministic)('%s: order %d', (_name, order, method) => {
    const found = orderOf(method, reference);
    expect(found).toBeGreaterThan(order - 0.3);
    expect(found).toBeLessThan(order + 0.8);
  });

  it('2 where the third-order terms are those of other libraries', () => {
    const compat = { order: 3, thirdOrder: 'compat', ...whole } as const;
    const found = orderOf((l) => dpmppRows(l, compat), reference);
    expect(found).toBeGreaterThan(1.7);
    expect(found).toBeLessThan(2.3);
  });
});

describe('error of the drift of the noisy samplers when steps are halved', () => {
  const noisy = { noisy: true, ...whole } as const;
  const reference = sampleOf((l) => dpmppRows(l, { order: 3, ...noisy }), 1200);
  const methods: [name: string, order: number, method: (levels: Levels) => Rows][] = [
    ['SDE-DPM-Solver++ 1', 1, (l) => dpmppRows(l, { order: 1, ...noisy })],
    ['SDE-DPM-Solver++ 2M', 2, (l) => dpmppRows(l, { order: 2, ...noisy })],
    [
      'SDE-DPM-Solver++ 2M heun',
      2,
      (l) => dpmppRows(l, { order: 2, correction: 'heun', ...noisy }),
    ],
    ['SDE-DPM-Solver++ 3M', 3, (l) => dpmppRows(l, { order: 3, ...noisy })],
    [
      'SDE-DPM-Solver++ 3M compat, whose 1/2 has the wrong sign',
      1,
      (l) => dpmppRows(l, { order: 3, thirdOrder: 'compat', ...noisy }),
    ],
    [
      'SA 3, 0 with tau = 1',
      3,
      (l) => {
        const tau = { value: 1, from: 0, to: Infinity };
        return saRows(l, { predictorOrder: 3, correctorOrder: 0, tau, ...whole });
      },
    ],
  ];

  it.each(methods)('%s: order %d', (_name, order, method) => {
    const found = orderOf(method, reference);
    expect(found).toBeGreaterThan(order - 0.3);
    expect(found).toBeLessThan(order + 0.8);
  });
});

describe('PLMS', () => {
  /** Its weights are for equal steps; these are not. */
  it('is of order 2 on steps of any length', () => {
    const reference = sampleOf((l) => unipcRows(l, { order: 3, ...whole }), 1200);
    const method = (levels: Levels): Rows => {
      const { signal, sigma, timestep } = levels;
      const targets = Array.from(timestep, (_, i) => ({
        signal: at(signal, i + 1),
        sigma: at(sigma, i + 1),
      }));
      return pndmRows(levels, targets);
    };
    expect(orderOf(method, reference)).toBeGreaterThan(1.7);
  });
});
