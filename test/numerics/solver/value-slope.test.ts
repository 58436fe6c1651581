import { describe, expect, it } from 'vitest';
import { spanOf } from '../../../shared/numerics/bundle.ts';
import type { BlockProblem } from '../../../shared/numerics/solver/block-solver.ts';
import type { FixedPointState } from '../../../shared/numerics/solver/fixed-point-state.ts';
import { linearize } from '../../../shared/numerics/solver/linearize.ts';
import { createRowStore } from '../../../shared/numerics/solver/row-store.ts';
import { secondOrder } from '../../support/memory-grids.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

/** Row 5, evaluated twice: x moved by 0.01, what it remembers by `slope` times as much. */
function linearized(slope: number) {
  const settings = { solver: 'ddim', steps: 10, method: 'secant', regrid: secondOrder } as const;
  const job = mixtureJob(settings).problem;
  const problem = { ...job, begin: 0, end: job.table.steps } as unknown as BlockProblem;
  const { dim, table } = problem;
  const rows = createRowStore(problem);
  const span = spanOf(problem);
  const row = 5;
  rows.age[row] = 1;
  for (let k = 0; k < dim; k++) {
    rows.state[row * span + k] = 0.01;
    rows.image[row * span + dim + k] = 0.01 * slope;
  }
  const prior = new Float64Array(table.steps);
  const state = { problem, rows, closedForm: prior, valuePrior: prior, linked: true };
  linearize(state as unknown as FixedPointState, row, row);
  const [mu, jacobian] = [rows.valueSlope[row] ?? NaN, rows.slope[row] ?? NaN];
  return { mu, jacobian, table, row };
}

describe('the slope of what a row remembers', () => {
  it('is measured, and J follows from it', () => {
    const { mu, jacobian, table, row } = linearized(0.8);
    expect(mu).toBeCloseTo(0.8, 6);
    const { stateScale = [], valueScale = [] } = table.rule ?? {};
    const expected = (stateScale[row] ?? 0) + (valueScale[row * table.parts] ?? 0) * mu;
    expect(jacobian).toBeCloseTo(expected, 12);
  });

  it('of x0-hat is no more than 1.5 in units of x / al, and no less than 0', () => {
    const { mu, table, row } = linearized(50);
    expect(mu * (table.signal[row] ?? NaN)).toBeCloseTo(1.5, 12);
    expect(linearized(-3).mu).toBe(0);
  });
});
