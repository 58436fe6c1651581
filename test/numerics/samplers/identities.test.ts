import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/kernel/limits.ts';
import { buildGrid, type GridOptions } from '../../../shared/numerics/grid.ts';
import { stepTable } from '../../../shared/numerics/step-table.ts';
import type { Solver } from '../../../shared/numerics/grid.ts';
import { evaluations, samplers, solverNames, solverOf } from '../../../shared/numerics/solvers.ts';
import type { Grid } from '../../../shared/numerics/step-table.ts';
import { at, usual } from '../support.ts';
import { denoisedOf, outputOf, relativeDifference, walk } from './walk.ts';

const denoised = denoisedOf({
  weights: [0.6, 0.4],
  means: [
    [0.8, -0.5],
    [-0.7, 0.6],
  ],
  variances: [0.09, 0.2],
});
const initial = [0.4, -1.1];
const noise = Array.from({ length: 64 }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i)]);

function sampleOf(options: GridOptions): number[] {
  const network = outputOf(denoised, options.prediction);
  return walk(buildGrid(options), { network, initial, noise }).at(-1) ?? [];
}

/** Solvers that see the same levels: those of whole times between which nothing is spaced. */
const common: GridOptions = { ...usual, spacing: 'trailing', steps: 20 };

const ddim: Solver = { kind: 'ddim', eta: 0 };
const ancestral: Solver = { kind: 'ddim', eta: 1 };
const always = { value: 1, from: 0, to: 1000 };
const never = { value: 0, from: 0, to: 0 };
const plain = { predictorOrder: 1, correctorOrder: 0 };

describe('one method under two names', () => {
  const pairs: [one: string, other: string, Solver, Solver][] = [
    ['DPM-Solver++ 1', 'DDIM(0)', solverOf('dpmpp-1'), ddim],
    ['SDE-DPM-Solver++ 1', 'DDIM(1)', solverOf('sde-dpmpp-1'), ancestral],
    ['DDPM', 'DDIM(1)', { kind: 'ddpm' }, ancestral],
    ['UniP-1', 'DDIM(0)', { kind: 'unipc', order: 1, corrector: false }, ddim],
    ['DEIS 1', 'DDIM(0)', { kind: 'deis', order: 1 }, ddim],
    ['TCD(0) on its times', 'DDIM(0)', { kind: 'tcd', gamma: 0, originalSteps: 20 }, ddim],
    ['SA, tau = 0', 'DDIM(0)', { kind: 'sa-solver', ...plain, tau: never }, ddim],
    ['SA, tau = 1', 'DDIM(1)', { kind: 'sa-solver', ...plain, tau: always }, ancestral],
    [
      'UniP-2',
      'DPM-Solver++ 2M',
      { kind: 'unipc', order: 2, corrector: false },
      { kind: 'dpmpp', order: 2 },
    ],
    [
      'UniP-3',
      'DPM-Solver++ 3M',
      { kind: 'unipc', order: 3, corrector: false, lowerOrderFinal: false },
      { kind: 'dpmpp', order: 3, lowerOrderFinal: false },
    ],
  ];

  it.each(pairs)('%s is %s', (_one, _other, one, other) => {
    const expected = sampleOf({ ...common, solver: other });
    expect(relativeDifference(sampleOf({ ...common, solver: one }), expected)).toBeLessThan(1e-10);
  });

  it('Euler in z = x/al is DDIM(0), its ancestral form DDIM(1), at any scale of x', () => {
    for (const [name, other] of [
      ['euler', ddim],
      ['euler-ancestral', ancestral],
      ['dpmpp-1', ddim],
      ['sde-dpmpp-1', ancestral],
    ] as const) {
      const found = buildGrid({ ...common, solver: solverOf(name) });
      const expected = buildGrid({ ...common, solver: other });
      const rows = [found, expected].map((grid) =>
        walk(
          { ...grid, prediction: 'epsilon' },
          { network: outputOf(denoised, 'epsilon'), initial, noise },
        ),
      );
      const [one = [], two = []] = rows;
      expect(relativeDifference(one.at(-1) ?? [], two.at(-1) ?? [])).toBeLessThan(1e-10);
    }
  });

  it('a flow stepped by Euler is DDIM(0) and DPM-Solver++ 1 on the same levels', () => {
    const flow: GridOptions = {
      ...common,
      schedule: { kind: 'flow', trainSteps: 1000, shift: 3 },
      prediction: 'flow',
      solver: solverOf('flow-euler'),
    };
    const expected = sampleOf(flow);
    expect(relativeDifference(sampleOf({ ...flow, solver: ddim }), expected)).toBeLessThan(1e-12);
    const first = sampleOf({ ...flow, solver: solverOf('dpmpp-1') });
    // which starts with a millionth of signal
    expect(relativeDifference(first, expected)).toBeLessThan(1e-5);
  });

  it('churn makes the first state as noisy as its level, and later rows by their own noise', () => {
    const churn = { amount: 4, noiseFactor: 1.1 };
    const plain = buildGrid(fitting('edm-heun', 10));
    const raised = buildGrid({ ...fitting('edm-heun', 10), solver: { kind: 'edm-heun', churn } });
    const scaleOf = ({ initialScale = 1, signal }: Grid): number => initialScale / at(signal, 0);
    const added = (1.4 ** 2 - 1) * (1.1 * 80) ** 2;
    const power = scaleOf(plain) ** 2 + added;
    expect(scaleOf(plain)).toBeCloseTo(Math.sqrt(80 ** 2 + 1), 9);
    expect(scaleOf(raised)).toBeCloseTo(Math.sqrt(power), 9);
    expect(at(raised.sigma, 0) / at(raised.signal, 0)).toBeCloseTo(1.4 * 80, 9);
    // guesses are made without noise
    const noisy = Array.from(raised.noiseScale, (scale) => scale > 0);
    expect(noisy).toEqual(noisy.map((_, i) => i % 2 === 1));
  });

  it('a bound that nothing reaches changes nothing', () => {
    const bound = { kind: 'clip', range: 1e6 } as const;
    const bounded = solverNames.filter((name) => !/lms|pndm|deis|tcd/.test(name));
    for (const name of bounded) {
      const options = fitting(name, 6);
      const expected = sampleOf(options);
      expect(relativeDifference(sampleOf({ ...options, bound }), expected)).toBeLessThan(1e-9);
    }
  });
});

/** A configuration that a name makes sense in. */
function fitting(name: string, steps: number): GridOptions {
  const options = { ...common, steps, solver: solverOf(name) };
  if (name.startsWith('flow-')) {
    const schedule = { kind: 'flow', trainSteps: 1000, shift: 3 } as const;
    return { ...options, schedule, prediction: 'flow' };
  }
  if (name.startsWith('edm-')) {
    const schedule = { kind: 'edm', sigmaMin: 0.002, sigmaMax: 80, dataDeviation: 0.5 } as const;
    return { ...options, schedule, prediction: 'edm' };
  }
  return options;
}

describe('solvers by name', () => {
  it.each(solverNames)('%s: as many rows as it says, all numbers finite', (name) => {
    for (const steps of [1, 2, 3, 4, 15, 50]) {
      const options = fitting(name, steps);
      const table = stepTable(buildGrid(options));
      expect(table.steps).toBe(evaluations(options.solver, steps));
      expect(table.parts).toBeLessThanOrEqual(limits.ruleDepthMax);
      const arrays = Object.values(table).filter((value) => value instanceof Float64Array);
      expect(arrays.flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
      expect(table.noiseScale.at(-1)).toBeLessThanOrEqual(name === 'tcd' ? 0 : 1e-12);
    }
  });

  it.each(solverNames)('%s: single precision costs its own rounding, nothing more', (name) => {
    for (const steps of [10, 50]) {
      const options = fitting(name, steps);
      const given = { network: outputOf(denoised, options.prediction), initial, noise };
      const [exact, single] = [(value: number) => value, Math.fround].map((kept) =>
        walk(buildGrid(options), { ...given, kept }).at(-1),
      );
      expect(relativeDifference(single ?? [], exact ?? [])).toBeLessThan(5e-6);
    }
  });

  it('say what they are and where they come from', () => {
    expect(samplers.map(({ name }) => name)).toEqual(solverNames);
    expect(solverNames).toHaveLength(23);
    for (const { family, paper } of samplers) expect(`${family} ${paper}`).toMatch(/\d{4}/);
  });

  it('may be told more than the name', () => {
    expect(solverOf('ddim', { eta: 0.5 })).toEqual({ kind: 'ddim', eta: 0.5 });
    expect(solverOf('sde-dpmpp-3m', { thirdOrder: 'compat' })).toMatchObject({
      order: 3,
      noisy: true,
      thirdOrder: 'compat',
    });
  });

  it.each<[name: string, options: Record<string, unknown>, message: string]>([
    ['ddpmpp', {}, 'solver: found ddpmpp, expected one of ddim, ddpm'],
    ['ddim', { eta: 2 }, 'solver.eta: found 2, expected from 0 to 1'],
    ['ddim', { order: 2 }, 'solver.order: found 2, expected eta, epsilonFromBound, target with'],
    ['dpmpp-2m', { order: 3 }, 'solver.order: found 3, expected none: dpmpp-2m says it'],
    ['euler', { kind: 'ddim' }, 'solver.kind: found ddim'],
    ['euler', { eta: 1 }, 'expected no options with the solver euler'],
    ['unipc', { order: 4 }, 'an integer from 1 to 3'],
    ['sa-solver', { tau: { value: 1 } }, 'an object of numbers'],
    ['edm-heun', { churn: 4 }, 'amount, from?'],
    ['edm-heun', { churn: { amount: 4, form: 1 } }, 'amount, from?'],
    ['unipc', { variant: 'bh3' }, 'one of bh1, bh2'],
  ])('%s refuses %j', (name, options, message) => {
    expect(() => solverOf(name, options)).toThrow(message);
  });
});

describe('combinations that no step is defined for', () => {
  const flow = { kind: 'flow', trainSteps: 1000, shift: 1 } as const;
  const edm = { kind: 'edm', sigmaMin: 0.002, sigmaMax: 80, dataDeviation: 0.5 } as const;
  const bound = { kind: 'clip', range: 1 } as const;

  it.each<[what: string, changes: Partial<GridOptions>, message: string]>([
    [
      'PLMS of a flow',
      { schedule: flow, prediction: 'flow', solver: solverOf('pndm') },
      'solver: found pndm, expected flow-euler, flow-heun, ddim or a dpmpp solver with a flow',
    ],
    ['a flow of eps', { schedule: flow }, 'prediction: found epsilon, expected one that fits'],
    ['a velocity of a flow on betas', { prediction: 'flow' }, 'prediction: found flow'],
    ['betas with flow-heun', { solver: solverOf('flow-heun') }, 'schedule.kind: found linear'],
    ['betas with edm-heun', { solver: solverOf('edm-heun') }, 'schedule.kind: found linear'],
    [
      'DDPM of EDM levels',
      { schedule: edm, prediction: 'edm', solver: solverOf('ddpm') },
      'solver: found ddpm, expected edm-euler',
    ],
    ['a bound of eps', { solver: solverOf('lms'), bound }, 'bound: found clip, expected none'],
    ['Karras times of DDIM', { sigmas: { kind: 'karras' } }, 'sigmas: found karras, expected none'],
    [
      'leading times of a flow',
      { schedule: flow, prediction: 'flow', spacing: 'leading', solver: solverOf('flow-euler') },
      'spacing: found leading, expected linspace or trailing',
    ],
    [
      'a flow that ends before its sample',
      {
        schedule: flow,
        prediction: 'flow',
        terminalAlphaBar: 'first',
        solver: solverOf('flow-euler'),
      },
      'terminalAlphaBar: found first, expected 1',
    ],
    [
      'levels that ascend',
      { solver: solverOf('euler'), steps: 2, sigmas: { kind: 'sigmas', values: [1, 2] } },
      'sigmas.values[1]: found 2, expected from 0 to below 1',
    ],
    [
      'times beyond training',
      { solver: solverOf('euler'), steps: 2, sigmas: { kind: 'times', values: [1000, 1] } },
      'sigmas.values[0]: found 1000, expected at most 999',
    ],
    [
      'a sample with more noise than the last row',
      { solver: solverOf('dpmpp-2m'), terminalAlphaBar: 0.1 },
      'terminalAlphaBar: found 0.1',
    ],
    [
      'a sample with less than no noise',
      { solver: solverOf('dpmpp-2m'), terminalAlphaBar: 1.5 },
      'terminalAlphaBar: found 1.5',
    ],
    [
      'Karras spacing without exponent',
      { solver: solverOf('heun'), sigmas: { kind: 'karras', rho: 0 } },
      'sigmas.rho: found 0',
    ],
    [
      'EDM levels upside down',
      { schedule: { ...edm, sigmaMax: 0 }, prediction: 'edm', solver: solverOf('edm-euler') },
      'schedule.sigmaMax: found 0',
    ],
    [
      'a shift of nothing',
      { schedule: { ...flow, shift: 0 }, prediction: 'flow', solver: solverOf('flow-euler') },
      'schedule.shift: found 0',
    ],
    ['more steps than a teacher had', { solver: solverOf('lcm'), steps: 51 }, 'steps: found 51'],
  ])('%s', (_what, changes, message) => {
    expect(() => buildGrid({ ...usual, ...changes })).toThrow(message);
    expect(() => buildGrid({ ...usual, ...changes })).toThrow(RangeError);
  });
});
