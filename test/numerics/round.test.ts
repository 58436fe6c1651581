import { describe, expect, it } from 'vitest';
import type { Movement } from '../../shared/numerics/solver/groups.ts';
import { composeBoundaries, hasMoved } from '../../shared/numerics/compose.ts';
import type { BlockSummary } from '../../shared/numerics/solver/block-solver.ts';
import { createSolver } from '../../shared/numerics/solver/create-solver.ts';
import { resetGain } from '../../shared/numerics/solver/linearize.ts';
import { createRowStore } from '../../shared/numerics/solver/row-store.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { need } from './support.ts';
import { gaussian, mixtureJob, type JobOptions } from '../support/mixture-job.ts';

const steps = 24;

const range = { frontier: Int32Array.of(0), windowEnd: steps };

/** Sweeps a full window of equal blocks, round after round, and freezes nothing. */
async function sweepRounds(
  method: 'picard' | 'picard-eps' | 'secant',
  blocks: number,
  rounds: number,
  mixture?: JobOptions['mixture'],
) {
  const settings = { initialization: 'constant' } as const;
  const given = { solver: 'ddpm', steps, method, blocks, settings, seed: 9 } as const;
  const { problem } = mixtureJob({ ...given, ...(mixture && { mixture }) });
  const live = problem.blocks.map((block) => ({
    ...block,
    left: problem.initial,
    moved: false,
    solver: createSolver({ ...problem, ...block }, { row: block.begin, state: problem.initial }),
  }));
  const seen: {
    summaries: BlockSummary[];
    movements: readonly Movement[];
    rows: Float32Array[];
  }[] = [];
  for (let round = 0; round < rounds; round++) {
    const summaries = await Promise.all(
      live.map(({ solver, moved, left }) => solver.sweep(range, moved ? left : undefined)),
    );
    const swept = live.map(({ begin, left }, j) => ({ begin, left, ...need(summaries[j]) }));
    const { rights, movements } = composeBoundaries(swept, range.frontier);
    for (const [j, block] of live.entries()) {
      block.moved = hasMoved(movements[j]);
      if (block.moved) block.left = need(rights[j - 1]);
    }
    seen.push({ summaries, movements, rows: rights.map((right) => need(right)) });
  }
  return seen;
}

describe.each(['picard', 'picard-eps', 'secant'] as const)('the scalars of %s', (method) => {
  it('bound the movement of every row, however the rows are cut into blocks', async () => {
    // one row per block: every row is a boundary, and its movement is there to see
    const rounds = await sweepRounds(method, steps, 6);
    for (const [k, { summaries, movements, rows }] of rounds.entries()) {
      const before = rounds[k - 1]?.rows;
      if (!before) continue;
      for (const [j, row] of rows.entries()) {
        const scalars = summaries[j]?.rows;
        const slope = Math.abs(scalars?.slope[0] ?? NaN);
        const bound = (scalars?.movement[0] ?? NaN) + slope * (movements[j]?.rms[0] ?? NaN);
        const actual = rmsDifference(row, 0, need(before[j]), 0, row.length);
        expect(actual).toBeLessThanOrEqual(bound * (1 + 1e-5) + 1e-7);
        if (movements[j]?.rms[0] === 0) expect(bound).toBeCloseTo(actual, 6);
      }
    }
  });

  it('measure how far the linearisation of the round before was off', async () => {
    const [one] = await sweepRounds(method, 1, 3).then((rounds) => rounds.slice(-1));
    const scalars = one?.summaries[0]?.rows;
    expect(scalars?.firstStep).toBe(0);
    expect(scalars?.residual).toHaveLength(steps);
    // the input of the first row never moves: nothing was missed, and nothing can be measured
    expect([scalars?.residual[0], scalars?.movement[0], scalars?.departure[0]]).toEqual([0, 0, -1]);
    expect(Math.max(...(scalars?.residual ?? []))).toBeGreaterThan(0);
  });

  it('say how far from linear a step is once it was evaluated twice', async () => {
    const [first, second] = await sweepRounds(method, 1, 2);
    const once = need(first?.summaries[0]?.rows);
    expect([...once.departure, ...once.closedFormDeparture]).toEqual(
      new Array<number>(2 * steps).fill(-1),
    );
    const twice = need(second?.summaries[0]?.rows);
    const measured = [...twice.departure.slice(1)];
    expect(Math.min(...measured)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...measured)).toBeGreaterThan(1e-3);
    // the secant is the slope that departs least; the others know nothing but the closed form
    for (const [k, own] of measured.entries()) {
      const closed = twice.closedFormDeparture[k + 1] ?? NaN;
      if (method === 'secant') expect(own).toBeLessThanOrEqual(closed * (1 + 1e-5) + 1e-6);
      else expect(own).toBe(closed);
    }
  });
});

describe('the largest gain that a row tells of', () => {
  it('is that of its small movements, and of its last one', async () => {
    const rounds = await sweepRounds('secant', 1, 9);
    const told = rounds.map(({ summaries }) => need(summaries[0]?.rows));
    const seen = { larger: 0, forgotten: 0, last: 0 };
    for (let k = 1; k < steps; k++) {
      let [near, before] = [0, 0];
      for (const [round, { gain, nearGain }] of told.entries()) {
        // the input of a step moved by what the round before says of the row
        const input = told[round - 1]?.movement[k - 1] ?? Infinity;
        const own = need(gain[k]);
        if (input <= 0.05) near = Math.max(near, own);
        before = Math.max(before, own);
        expect(nearGain[k], `step ${k}, round ${round}`).toBe(Math.max(near, own));
        if (near > own) seen.larger++;
        if (Math.max(near, own) < before) seen.forgotten++;
        if (input > 0.05) seen.last++;
      }
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });

  it('is forgotten where a row begins anew', () => {
    const { problem } = mixtureJob({ solver: 'ddim', steps: 4, method: 'secant' });
    const store = createRowStore({ ...problem, begin: 0, end: 4 });
    store.nearGain.fill(2);
    store.gain.fill(3);
    resetGain(store, 1);
    expect([store.nearGain[0], store.nearGain[1], store.gain[1]]).toEqual([2, 0, 1]);
  });
});

describe('a denoiser that is linear', () => {
  it('departs from the closed form where the prior is wrong, never from the secant', async () => {
    const [, second] = await sweepRounds('secant', 1, 2, gaussian(64, 0.2));
    const { departure, closedFormDeparture } = need(second?.summaries[0]?.rows);
    expect(Math.max(...departure)).toBeLessThan(1e-4);
    expect(Math.max(...closedFormDeparture)).toBeGreaterThan(0.05);
  });
});
