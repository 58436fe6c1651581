import { describe, expect, it } from 'vitest';
import { buildGrid, type GridOptions, type Solver } from '../../shared/numerics/grid.ts';
import { limits } from '../../shared/kernel/limits.ts';

const options = {
  schedule: { kind: 'scaled-linear', trainSteps: 1000, betaStart: 0.00085, betaEnd: 0.012 },
  prediction: 'epsilon',
  spacing: 'leading',
  offset: 1,
  terminalAlphaBar: 'first',
  steps: 20,
} as const satisfies Omit<GridOptions, 'solver'>;

const grid = (solver: Solver, more: Partial<GridOptions> = {}) =>
  buildGrid({ ...options, solver, ...more });

const oneStep: readonly Solver[] = [
  { kind: 'ddim', eta: 0 },
  { kind: 'ddim', eta: 0, target: 'stride' },
  { kind: 'ddpm' },
  { kind: 'euler' },
];

describe('a grid that starts behind its first steps', () => {
  it.each(oneStep)('is the end of the whole grid: %j', (solver) => {
    const [whole, rest] = [grid(solver), grid(solver, { skip: 7 })];
    expect(rest.timestep).toEqual(whole.timestep.slice(7));
    expect(rest.signal).toEqual(whole.signal.slice(7));
    expect(rest.sigma).toEqual(whole.sigma.slice(7));
    expect(rest.noiseScale).toEqual(whole.noiseScale.slice(7));
    const { stateScale, valueScale } = whole.rule ?? {};
    if (solver.kind !== 'ddpm') expect(rest.rule?.stateScale).toEqual(stateScale?.slice(7));
    if (solver.kind !== 'ddpm') expect(rest.rule?.valueScale).toEqual(valueScale?.slice(7));
  });

  it.each<Solver>([{ kind: 'dpmpp', order: 2 }, { kind: 'unipc', order: 2 }, { kind: 'pndm' }])(
    'begins with what its sampler begins with: %j',
    (solver) => {
      const [whole, rest] = [grid(solver), grid(solver, { skip: 7 })];
      const depth = rest.rule?.depth ?? 0;
      const firstUses = Array.from(rest.rule?.valueScale.slice(1, depth) ?? []);
      expect(firstUses.every((scale) => scale === 0)).toBe(true);
      expect(rest.timestep.at(-1)).toBe(whole.timestep.at(-1));
      expect(rest.signal.at(-1)).toBe(whole.signal.at(-1));
      expect(rest.timestep).toHaveLength(whole.timestep.length - 7);
    },
  );

  it.each([-1, 20, 0.5, limits.stepsMax])('cannot leave %d of 20 steps out', (skip) => {
    expect(() => grid({ kind: 'euler' }, { skip })).toThrow(/skip: found .*from 0 to 19/);
  });
});
