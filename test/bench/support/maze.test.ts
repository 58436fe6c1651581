import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  drawEnds,
  faultsOf,
  isWall,
  planOf,
  readMaze,
  toModel,
  type Point,
} from '../../../bench/support/maze.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';

const bundled = readMaze(join(packageRoot(), 'models', 'maze-planner'));

/** A corridor round one block of wall. */
const ring = {
  cells: ['#####', '#...#', '#.#.#', '#...#', '#####'],
  waypoints: 3,
  endOffset: 0.25,
  endTolerance: 0.15,
  checkSpacing: 0.02,
};

describe('the maze', () => {
  it('is read with rows of one length only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'isochron-maze-'));
    const file = join(folder, 'maze.json');
    writeFileSync(file, JSON.stringify({ ...ring, cells: ['###', '#.'] }));
    expect(() => readMaze(folder)).toThrow('rows of the same length');
    rmSync(folder, { recursive: true });
  });

  it('has walls all round, and ways between all free cells', () => {
    const free = new Set<string>();
    const visit = (x: number, y: number): void => {
      if (isWall(bundled, [x, y]) || free.has(`${x},${y}`)) return;
      free.add(`${x},${y}`);
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const)
        visit(x + dx, y + dy);
    };
    visit(1, 1);
    const cells = bundled.cells.join('');
    expect(free.size).toBe([...cells].filter((cell) => cell === '.').length);
    expect(bundled.cells.every((row) => row.startsWith('#') && row.endsWith('#'))).toBe(true);
    expect(isWall(bundled, [-0.5, 3.5])).toBe(true);
    expect(isWall(bundled, [Number.NaN, 3.5])).toBe(true);
  });

  it('fills the square of the model, and a plan comes back from it', () => {
    expect(toModel(ring, [0, 0])).toEqual([-1, -1]);
    expect(toModel(ring, [5, 2.5])).toEqual([1, 0]);
    const points: Point[] = [
      [1.5, 1.5],
      [2.5, 1.5],
      [3.5, 3.25],
    ];
    const model = points.map((point) => toModel(ring, point));
    const sample = [...model.map(([x]) => x), ...model.map(([, y]) => y)];
    const plan = planOf(ring, Float32Array.from([...sample, ...sample.map(() => 9)]), 0);
    for (const [k, [x, y]] of points.entries()) {
      expect(plan[k]?.[0]).toBeCloseTo(x, 5);
      expect(plan[k]?.[1]).toBeCloseTo(y, 5);
    }
  });
});

describe('ends', () => {
  it('lie in two free cells, near their middles, and depend on seed and number only', () => {
    const cells = new Set<string>();
    for (let pair = 0; pair < 300; pair++) {
      const ends = drawEnds(bundled, 2, pair);
      for (const [x, y] of ends) {
        expect(isWall(bundled, [x, y])).toBe(false);
        expect(Math.abs((x % 1) - 0.5)).toBeLessThanOrEqual(bundled.endOffset);
        expect(Math.abs((y % 1) - 0.5)).toBeLessThanOrEqual(bundled.endOffset);
        cells.add(`${Math.floor(x)},${Math.floor(y)}`);
      }
      const [[x0, y0], [x1, y1]] = ends;
      expect([Math.floor(x0), Math.floor(y0)]).not.toEqual([Math.floor(x1), Math.floor(y1)]);
    }
    expect(cells.size).toBe([...bundled.cells.join('')].filter((cell) => cell === '.').length);
    expect(drawEnds(bundled, 2, 7)).toEqual(drawEnds(bundled, 2, 7));
    expect(drawEnds(bundled, 3, 7)).not.toEqual(drawEnds(bundled, 2, 7));
  });
});

describe('a plan', () => {
  const ends: Point[] = [
    [1.5, 1.5],
    [3.5, 3.5],
  ];

  it('is valid along the corridor', () => {
    expect(
      faultsOf(
        ring,
        [
          [1.5, 1.5],
          [3.5, 1.5],
          [3.5, 3.5],
        ],
        ends,
      ),
    ).toEqual([]);
  });

  it('may not cut through a wall between two waypoints that are free', () => {
    expect(
      faultsOf(
        ring,
        [
          [1.5, 1.5],
          [3.5, 3.5],
        ],
        ends,
      ),
    ).toEqual(['touches a wall']);
    // cuts off a twentieth of a cell of the corner at (2, 2)
    const near: Point[] = [
      [1.5, 1.5],
      [1.5, 2.6],
      [2.6, 1.45],
      [3.5, 1.5],
      [3.5, 3.5],
    ];
    expect(faultsOf(ring, near, ends)).toEqual(['touches a wall']);
  });

  it('has to begin at the start and end at the goal', () => {
    const plan: Point[] = [
      [1.5, 1.66],
      [3.5, 1.5],
      [3.5, 3.5],
    ];
    expect(faultsOf(ring, plan, ends)).toEqual(['misses an end']);
    expect(faultsOf(ring, [[1.5, 1.64], ...plan.slice(1)], ends)).toEqual([]);
    expect(faultsOf(ring, plan.toReversed(), ends)).toEqual(['misses an end']);
    const gone: Point[] = [[Number.NaN, 1.5], ...plan.slice(1)];
    expect(faultsOf(ring, gone, ends)).toEqual(['touches a wall', 'misses an end']);
  });
});
