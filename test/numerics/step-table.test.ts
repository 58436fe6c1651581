import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Prediction } from '../../shared/numerics/parameterization.ts';
import { buildGrid, type GridOptions } from '../../shared/numerics/grid.ts';
import { stepTable, type Grid, type StepTable } from '../../shared/numerics/step-table.ts';
import { at, deviation, largestDeviation, tableOf, usual } from './support.ts';

type GoldenCase = {
  options: GridOptions;
  timestep: number[];
  alphaBar: number[];
  stateScale: number[];
  outputScale: number[];
  noiseScale: number[];
};

const golden = JSON.parse(
  readFileSync(new URL('../golden/schedule.json', import.meta.url), 'utf8'),
) as { cases: GoldenCase[] };

const predictions: Prediction[] = ['epsilon', 'denoised', 'velocity'];

function everyNumber(table: StepTable): number[] {
  return Object.values(table).flatMap((value) =>
    value instanceof Float64Array ? Array.from(value) : [],
  );
}

describe('buildGrid and stepTable', () => {
  it.each(golden.cases)('equal numpy: $options', (expected) => {
    const table = stepTable(buildGrid(expected.options));
    expect(Array.from(table.timestep)).toEqual(expected.timestep);
    expect(
      largestDeviation(
        table.signal.map((al) => al * al),
        expected.alphaBar,
      ),
    ).toBeLessThan(1e-13);
    expect(largestDeviation(table.noiseScale, expected.noiseScale)).toBeLessThan(1e-12);
    expect(largestDeviation(table.stateScale, expected.stateScale)).toBeLessThan(1e-12);
    expect(largestDeviation(table.outputScale, expected.outputScale)).toBeLessThan(1e-12);
  });

  it('end at the terminal value: 1, the first of the schedule, or a number', () => {
    const first = 1 - usual.schedule.betaStart;
    for (const [terminalAlphaBar, expected] of [
      [1, 1],
      ['first', first],
      [0.99995, 0.99995],
    ] as const) {
      const { signal } = buildGrid({ ...usual, terminalAlphaBar });
      expect(at(signal, usual.steps)).toBe(Math.sqrt(expected));
    }
  });

  it.each(['leading', 'trailing', 'linspace'] as const)(
    'add no noise on a last step that ends at 1 and never produce NaN: %s',
    (spacing) => {
      const ends = [1, 'first'] as const;
      const variants = [1, 2, 7, 50, 1000].flatMap((steps) =>
        ends.flatMap((terminalAlphaBar) =>
          [0, 0.5, 1].map((eta) => ({ steps, terminalAlphaBar, eta })),
        ),
      );
      for (const variant of variants) {
        const { steps, terminalAlphaBar, eta } = variant;
        const table = tableOf({ spacing, steps, terminalAlphaBar, solver: { kind: 'ddim', eta } });
        expect(everyNumber(table).every(Number.isFinite)).toBe(true);
        if (terminalAlphaBar === 1) expect(at(table.noiseScale, steps - 1)).toBe(0);
      }
    },
  );

  it('make the step between equal levels the identity', () => {
    for (const prediction of predictions) {
      for (const solver of [{ kind: 'ddpm' }, { kind: 'ddim', eta: 1 }] as const) {
        const options = { spacing: 'leading', terminalAlphaBar: 'first', steps: 5 } as const;
        const table = tableOf({ ...options, solver, prediction });
        expect(at(table.signal, 4)).toBe(at(table.signal, 5));
        expect(at(table.noiseScale, 4)).toBe(0);
        expect(deviation(at(table.stateScale, 4), 1)).toBeLessThan(1e-14);
        expect(Math.abs(at(table.outputScale, 4))).toBeLessThan(1e-14);
      }
    }
  });

  it('hold the pair form: unit circle, roll-out, x0 coefficients', () => {
    const table = tableOf({ solver: { kind: 'ddim', eta: 0.7 }, prediction: 'velocity' });
    for (let i = 0; i < table.steps; i++) {
      const direction = at(table.direction, i);
      const c = at(table.noiseScale, i);
      const power = at(table.signal, i + 1) ** 2 + direction ** 2 + c ** 2;
      expect(deviation(power, 1)).toBeLessThan(1e-12);
      expect(c).toBeCloseTo(0.7 * at(table.sigmaPosterior, i), 14);
      expect(at(table.rolloutScale, i)).toBeCloseTo(direction / at(table.sigma, i), 14);
      expect(at(table.denoisedFromState, i)).toBe(at(table.signal, i));
      expect(at(table.denoisedFromOutput, i)).toBe(-at(table.sigma, i));
    }
  });

  it('serve a grid that starts at zero signal, for models that are not epsilon', () => {
    for (const prediction of ['denoised', 'velocity'] as const) {
      for (const noise of [0, 1]) {
        const next = Math.sqrt(1 - 0.25);
        const grid: Grid = {
          timestep: Float64Array.of(999, 500),
          signal: Float64Array.of(0, 0.5, 1),
          sigma: Float64Array.of(1, next, 0),
          noiseScale: Float64Array.of(noise * next, 0),
          prediction,
        };
        const table = stepTable(grid);
        expect(everyNumber(table).every(Number.isFinite)).toBe(true);
        expect(at(table.sigmaPosterior, 0)).toBe(next);
        if (noise === 1) expect(at(table.direction, 0)).toBe(0);
      }
    }
  });
});

describe('a rule of its own', () => {
  const ruled = (valueScale: Float64Array): Grid => ({
    ...buildGrid({ ...usual, steps: 3 }),
    rule: {
      value: 'denoised',
      depth: 2,
      stateScale: new Float64Array(3).fill(0.5),
      outputScale: new Float64Array(3),
      valueScale,
    },
  });

  it('says what an error of a value counts for: what it adds, and no less than half of all', () => {
    const { valueWeight, parts } = stepTable(ruled(Float64Array.of(1, 0, 0.5, -0.9, 0.3, 0.1)));
    expect(parts).toBe(2);
    // |1 - 0.9| is less than 1.9 / 2; |0.5 + 0.1| is more than 0.6 / 2; the last row has no other
    expect(Array.from(valueWeight, (one) => Number(one.toFixed(6)))).toEqual([0.95, 0.6, 0.3]);
  });

  it('refuses a memory of rows that do not exist, raw outputs beside it, or no number', () => {
    expect(() => stepTable(ruled(Float64Array.of(1, 0.1, 0, 0, 0, 0)))).toThrow('0: no such row');
    expect(() => stepTable(ruled(Float64Array.of(1, 0, NaN, 0, 0, 0)))).toThrow('a finite number');
    expect(() => stepTable(ruled(Float64Array.of(1, 0)))).toThrow('rule.valueScale.length');
    const grid = ruled(new Float64Array(6));
    const raw = { ...grid.rule, outputScale: Float64Array.of(0, 1, 0) };
    expect(() => stepTable({ ...grid, rule: raw } as Grid)).toThrow('0 with a memory');
  });
});

describe('refusals', () => {
  const grid = buildGrid(usual);

  it('an epsilon model without signal', () => {
    const cosine = { ...usual.schedule, kind: 'cosine' } as const;
    expect(() => tableOf({ schedule: cosine })).toThrow('at least 0.001 with an epsilon model');
    expect(() => tableOf({ schedule: cosine, prediction: 'velocity' })).not.toThrow();
    expect(() => tableOf({ schedule: cosine, spacing: 'leading', steps: 50 })).not.toThrow();
  });

  it('levels that descend, leave the range or are not numbers', () => {
    const change = (i: number, value: number): Grid => {
      const signal = Float64Array.from(grid.signal);
      signal[i] = value;
      return { ...grid, signal };
    };
    expect(() => stepTable(change(3, 0))).toThrow('signal[3] and sigma[3]: found 0 and');
    expect(() => stepTable(change(20, 0))).toThrow('with signal, and');
    expect(() => stepTable(change(0, -0.1))).toThrow('signal[0]');
    expect(() => stepTable(change(5, Number.NaN))).toThrow('signal[5] and sigma[5]: found NaN');
    const sigma = Float64Array.from(grid.sigma);
    sigma[19] = 0;
    expect(() => stepTable({ ...grid, sigma })).toThrow('finite, with noise, and');
    expect(() => stepTable({ ...grid, initialScale: 0 })).toThrow('initialScale: found 0');
    expect(() => buildGrid({ ...usual, terminalAlphaBar: 0.9 })).toThrow('alphaBar[20]: found 0.9');
  });

  it('noise beyond the next sigma, eta beyond 1, lengths that differ', () => {
    const noiseScale = new Float64Array(20).fill(0);
    noiseScale[19] = 1e-3;
    expect(() => stepTable({ ...grid, noiseScale })).toThrow('noiseScale[19]');
    noiseScale[19] = Number.NaN;
    expect(() => stepTable({ ...grid, noiseScale })).toThrow('noiseScale[19]: found NaN');
    expect(() => stepTable({ ...grid, noiseScale: new Float64Array(19) })).toThrow(
      'grid.noiseScale',
    );
    expect(() => tableOf({ solver: { kind: 'ddim', eta: 1.01 } })).toThrow(
      'solver.eta: found 1.01',
    );
    expect(() => tableOf({ solver: { kind: 'ddim', eta: -1 } })).toThrow(RangeError);
    expect(() => stepTable({ ...grid, timestep: grid.timestep.map(() => Infinity) })).toThrow(
      'finite',
    );
  });
});
