/** Every generated file, and how it is made of what it was before. Paths are relative to docs/. */
import { withLimits } from './limits-table.ts';
import { errors, rounds, trajectory, windows } from './measured.ts';
import { readRuns } from './runs.ts';
import { blocks, idea, rolling } from './schematic.ts';

const runs = readRuns();

export const generated: readonly (readonly [path: string, make: (before: string) => string])[] = [
  ['pictures/idea.svg', idea],
  ['pictures/blocks.svg', blocks],
  ['pictures/window.svg', rolling],
  ['pictures/trajectory.svg', () => trajectory(runs)],
  ['pictures/rounds.svg', () => rounds(runs)],
  ['pictures/window-cost.svg', () => windows(runs)],
  ['pictures/errors.svg', () => errors(runs)],
  ['OPERATIONS.md', withLimits],
];
