/**
 * The maze of models/maze-planner: where its walls are, which ends a plan may have, and when a
 * plan is valid. Lengths are in cells unless said otherwise: column c and row r of the map, row 0
 * on top, are the square from (c, r) to (c + 1, r + 1). The model's coordinates map the whole map
 * to [-1, 1] x [-1, 1], y pointing down. models/maze-planner/maze.py is the same for training.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fillUniform, noiseStream, seedWords } from '../../shared/kernel/random.ts';

const mazeSchema = z.strictObject({
  cells: z.array(z.string().regex(/^[#.]+$/)).min(1),
  waypoints: z.int().min(2),
  endOffset: z.number().min(0).max(0.5),
  endTolerance: z.number().gt(0),
  checkSpacing: z.number().gt(0),
});

/** `cells`: rows of `#` for wall and `.` for free. The rest is explained where it is used. */
export type Maze = z.infer<typeof mazeSchema>;
export type Point = readonly [x: number, y: number];
export type PlanFault = 'touches a wall' | 'misses an end';

/** Reads `maze.json` of the model's folder. */
export function readMaze(folder: string): Maze {
  const maze = mazeSchema.parse(JSON.parse(readFileSync(join(folder, 'maze.json'), 'utf8')));
  const widths = new Set(maze.cells.map((row) => row.length));
  if (widths.size !== 1) throw new Error('maze.json: expected rows of the same length');
  return maze;
}

/** The model's coordinates of a point in cells. */
export function toModel({ cells }: Maze, [x, y]: Point): Point {
  return [(2 * x) / (cells[0]?.length ?? 1) - 1, (2 * y) / cells.length - 1];
}

/** True in a wall and off the map. */
export function isWall({ cells }: Maze, [x, y]: Point): boolean {
  return cells[Math.floor(y)]?.[Math.floor(x)] !== '.';
}

/**
 * Start and goal number `pair`, the same for the same seed: near the middles of two different free
 * cells, at most `endOffset` away from the middle in either direction.
 */
export function drawEnds(maze: Maze, seed: number, pair: number): readonly [Point, Point] {
  const free = maze.cells.flatMap((row, y) =>
    [...row].flatMap((cell, x): Point[] => (cell === '.' ? [[x, y]] : [])),
  );
  const u = new Float64Array(6);
  const key = { seed: seedWords(seed), stream: noiseStream.test, sample: pair, step: 0 };
  fillUniform(u, 0, u.length, key);
  const first = Math.floor((u[0] ?? 0) * free.length);
  const second = first + 1 + Math.floor((u[1] ?? 0) * (free.length - 1));
  const offset = (at: number): number => 0.5 + maze.endOffset * (2 * (u[at] ?? 0) - 1);
  const near = (cell: number, at: number): Point => {
    const [x, y] = free[cell % free.length] ?? [0, 0];
    return [x + offset(at), y + offset(at + 1)];
  };
  return [near(first, 2), near(second, 4)];
}

/** The points in cells of sample number `row` of `samples` [n, 2, waypoints]. */
export function planOf(maze: Maze, samples: Float32Array, row: number): readonly Point[] {
  const { cells, waypoints } = maze;
  const at = row * 2 * waypoints;
  const inCells = (k: number, size: number): number => (((samples[k] ?? 0) + 1) / 2) * size;
  return Array.from({ length: waypoints }, (_, k): Point => [
    inCells(at + k, cells[0]?.length ?? 1),
    inCells(at + waypoints + k, cells.length),
  ]);
}

/**
 * What is wrong with a plan. Its straight segments are looked at every `checkSpacing` or closer;
 * it has to begin and end within `endTolerance` of its ends.
 */
export function faultsOf(maze: Maze, plan: readonly Point[], ends: readonly Point[]): PlanFault[] {
  const blocked = plan.some((point, k) => touches(maze, point, plan[k + 1] ?? point));
  const [start, goal] = ends;
  const away = Math.max(distance(plan[0], start), distance(plan.at(-1), goal));
  // Not `away > tolerance`: NaN is a miss.
  const reached = away <= maze.endTolerance;
  return [
    ...(blocked ? ['touches a wall' as const] : []),
    ...(reached ? [] : ['misses an end' as const]),
  ];
}

function touches(maze: Maze, from: Point, to: Point): boolean {
  // `|| 1`: of a segment to NaN its ends are looked at, and NaN counts as wall.
  const pieces = Math.max(1, Math.ceil(distance(from, to) / maze.checkSpacing)) || 1;
  for (let k = 0; k <= pieces; k++) {
    const share = k / pieces;
    const x = from[0] + share * (to[0] - from[0]);
    if (isWall(maze, [x, from[1] + share * (to[1] - from[1])])) return true;
  }
  return false;
}

function distance(a: Point | undefined, b: Point | undefined): number {
  return a && b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : Number.NaN;
}
