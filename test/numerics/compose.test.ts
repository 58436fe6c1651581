import { describe, expect, it } from 'vitest';
import { composeBoundaries, hasMoved } from '../../shared/numerics/compose.ts';

/** Two samples of one element: the numbers of a boundary are its samples. */
const floats = (...values: number[]) => Float32Array.from(values);
const slope = Float64Array.of(0.5, 2);
const frontier = Int32Array.of(0, 0);

describe('the boundaries of a round', () => {
  it('move by the slope times the movement of the one to the left, all the way', () => {
    const { rights, movements } = composeBoundaries(
      [
        { begin: 0, row: 4, offset: floats(3, 4), slope },
        { begin: 4, row: 8, offset: floats(1, 2), slope, left: floats(1, 1) },
        { begin: 8, row: 12, offset: floats(0, 0), slope, left: floats(0, 0) },
      ],
      frontier,
    );
    expect(rights.map((right) => [...(right ?? [])])).toEqual([
      [3, 4],
      [2, 8],
      [1, 16],
    ]);
    expect(movements.map(({ rms }) => [...rms])).toEqual([
      [0, 0],
      [2, 3],
      [2, 8],
    ]);
  });

  it('keep every bit where nothing moved', () => {
    const offset = floats(0.1, -0);
    const { rights, movements } = composeBoundaries(
      [
        { begin: 0, row: 4, offset: floats(3, 4), slope },
        { begin: 4, row: 8, offset, slope: Float64Array.of(NaN, Infinity), left: floats(3, 4) },
      ],
      frontier,
    );
    expect(rights[1]).toBe(offset);
    expect(movements.map(hasMoved)).toEqual([false, false]);
  });

  it('stay for a sample that is frozen behind them', () => {
    const { rights, movements } = composeBoundaries(
      [
        { begin: 0, row: 4, offset: floats(3, 4), slope },
        { begin: 4, row: 8, offset: floats(1, 2), slope, left: floats(1, 1) },
      ],
      Int32Array.of(0, 4),
    );
    expect(rights.map((right) => [...(right ?? [])])).toEqual([
      [3, 1],
      [2, 2],
    ]);
    expect(movements.map(({ rms }) => [...rms])).toEqual([
      [0, 0],
      [2, 0],
    ]);
  });

  it('move by all that a boundary has moved since a late block swept', () => {
    const late = { row: 8, offset: floats(1, 2), slope, left: floats(1, 1) };
    const leftSince = floats(2, 2);
    const chained = composeBoundaries(
      [
        { begin: 0, row: 4, offset: floats(3, 4), slope },
        { begin: 4, ...late, leftSince },
      ],
      frontier,
    );
    expect(chained.movements.map(({ rms }) => [...rms])[1]).toEqual([2, 3]);
    // its neighbour is frozen and gone, or does not reach it any more
    const gone = composeBoundaries([{ begin: 4, ...late, leftSince }], frontier);
    const shorter = composeBoundaries(
      [
        { begin: 0, row: 3, offset: floats(3, 4), slope },
        { begin: 4, ...late, leftSince },
      ],
      frontier,
    );
    for (const { movements, rights } of [gone, shorter]) {
      expect([...(movements.at(-1)?.rms ?? [])]).toEqual([1, 1]);
      expect([...(rights.at(-1) ?? [])]).toEqual([1.5, 4]);
    }
  });

  it('keep what they became, not what a late block swept with, where a sample is further', () => {
    const last = { begin: 4, left: floats(1, 1), leftSince: floats(2, 2) };
    const first = { begin: 0, row: 4, offset: floats(3, 4), slope };
    const { rights } = composeBoundaries([first], Int32Array.of(0, 4), { after: last });
    expect([...(rights[0] ?? [])]).toEqual([3, 2]);
  });

  it('do not follow a movement out of the range of the data', () => {
    const { rights } = composeBoundaries(
      [
        { begin: 0, row: 4, offset: floats(600, NaN), slope },
        {
          begin: 4,
          row: 8,
          offset: floats(1, 2),
          slope: Float64Array.of(2, 1),
          left: floats(1, 1),
        },
      ],
      frontier,
    );
    expect([...(rights[1] ?? [])]).toEqual([1, 2]);
  });

  it('end where the rows of a block do', () => {
    const { movements } = composeBoundaries(
      [
        { begin: 0, row: 2, offset: floats(3, 4), slope },
        { begin: 4, row: 8, offset: floats(1, 2), slope, left: floats(1, 1) },
      ],
      frontier,
    );
    expect(movements.map(hasMoved)).toEqual([false, false]);
  });
});
