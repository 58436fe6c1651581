import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildGrid, type GridOptions } from '../../../shared/numerics/grid.ts';
import { evaluations } from '../../../shared/numerics/solvers.ts';
import { at, largestDeviation } from '../support.ts';
import { denoisedOf, outputOf, relativeDifference, walk, type Mixture } from './walk.ts';

type GoldenCase = {
  readonly sampler: string;
  readonly name: string;
  readonly options: GridOptions;
  readonly timestep: readonly number[];
  /** sg/al at which the network was asked; 0 where there was no signal. */
  readonly sigma: readonly number[];
  /** Inputs of the network, then the sample. */
  readonly rows: readonly (readonly number[])[];
};

type Golden = {
  readonly mixture: Mixture;
  /** Unit noise that every walk starts from. */
  readonly initial: readonly number[];
  readonly noise: readonly (readonly number[])[];
  readonly cases: readonly GoldenCase[];
};

const golden = JSON.parse(
  readFileSync(new URL('../../golden/samplers/golden.json', import.meta.url), 'utf8'),
) as Golden;

const denoised = denoisedOf(golden.mixture);

/** The greatest relative difference over all rows. */
function differenceOf(found: readonly GoldenCase['rows'][number][], { rows }: GoldenCase): number {
  return Math.max(...rows.map((row, i) => relativeDifference(found[i] ?? [], row)));
}

function walkOf(options: GridOptions, { rows }: GoldenCase): number[][] {
  const network = outputOf(denoised, options.prediction);
  return walk(buildGrid(options), { network, initial: rowAt(rows, 0), noise: golden.noise });
}

function rowAt(rows: GoldenCase['rows'], i: number): readonly number[] {
  const row = rows[i];
  if (!row) throw new Error(`no row ${i}`);
  return row;
}

function titleOf({ name, options }: GoldenCase): string {
  const { solver, spacing, steps, prediction, sigmas } = options;
  const { kind, ...told } = solver;
  const by = sigmas ? `${sigmas.kind} sigmas` : spacing;
  return [name || kind, JSON.stringify(told), by, `N = ${steps}`, prediction].join(', ');
}

const samplers = Map.groupBy(golden.cases, ({ sampler }) => sampler);

describe.each([...samplers])('%s', (_sampler, cases) => {
  it.each(cases.map((one) => [titleOf(one), one] as const))('%s', (_title, one) => {
    const { options, timestep, sigma } = one;
    const grid = buildGrid(options);
    expect(grid.timestep).toHaveLength(evaluations(options.solver, options.steps));
    expect(largestDeviation(grid.timestep, timestep)).toBeLessThan(1e-9);
    // the references from papers begin with the levels' own deviation, and with churn
    if (!one.sampler.startsWith('Karras')) {
      const start = golden.initial.map((value) => value * (grid.initialScale ?? 1));
      expect(relativeDifference(start, rowAt(one.rows, 0))).toBeLessThan(1e-9);
    }
    const ratio = grid.sigma.map((sg, i) => (at(grid.signal, i) > 0 ? sg / at(grid.signal, i) : 0));
    expect(largestDeviation(ratio.subarray(0, timestep.length), sigma)).toBeLessThan(1e-9);
    expect(differenceOf(walkOf(options, one), one)).toBeLessThan(1e-9);
  });
});

describe('what diffusers does otherwise', () => {
  const find = (test: (one: GoldenCase) => boolean): GoldenCase => {
    const one = golden.cases.find(test);
    if (!one) throw new Error('no such case');
    return one;
  };

  it.each([false, true])('third-order terms: not those of a parabola, with noise: %s', (noisy) => {
    const one = find(({ options: { solver, steps } }) => {
      if (solver.kind !== 'dpmpp' || solver.order !== 3 || steps !== 20) return false;
      return (solver.noisy ?? false) === noisy;
    });
    const { solver } = one.options;
    if (solver.kind !== 'dpmpp') throw new Error('not DPM-Solver++');
    const consistent = { ...one.options, solver: { ...solver, thirdOrder: 'consistent' } as const };
    expect(differenceOf(walkOf(one.options, one), one)).toBeLessThan(1e-6);
    expect(differenceOf(walkOf(consistent, one), one)).toBeGreaterThan(1e-4);
  });

  it.each(['ddim', 'pndm'] as const)('%s strides by floor(T/N), past the next row', (kind) => {
    const one = find(({ options: { solver, spacing } }) => {
      return solver.kind === kind && 'target' in solver && spacing === 'linspace';
    });
    const { solver } = one.options;
    if (solver.kind !== kind) throw new Error('another solver');
    const next = { ...one.options, solver: { ...solver, target: 'next' } as const };
    expect(differenceOf(walkOf(next, one), one)).toBeGreaterThan(1e-4);
  });
});

/** The same knowledge in another type of output makes the same sample: conversions are per row. */
describe('predictions', () => {
  const once = golden.cases.filter(({ options: { steps, bound, schedule } }) => {
    return (
      steps === 10 && !bound && (schedule.kind === 'scaled-linear' || schedule.kind === 'flow')
    );
  });

  it.each(once.map((one) => [one.sampler, titleOf(one), one] as const))(
    '%s: as with x0, %s',
    (_sampler, _title, one) => {
      const { schedule, prediction } = one.options;
      const onlyOwn =
        schedule.kind === 'flow' || schedule.kind === 'edm' || schedule.zeroTerminalSnr;
      const others = onlyOwn ? [] : (['epsilon', 'velocity'] as const);
      const expected = walkOf({ ...one.options, prediction: 'denoised' }, one).at(-1) ?? [];
      for (const other of new Set([prediction, ...others])) {
        const found = walkOf({ ...one.options, prediction: other }, one).at(-1) ?? [];
        expect(relativeDifference(found, expected)).toBeLessThan(1e-9);
      }
    },
  );
});
