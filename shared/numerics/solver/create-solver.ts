/** The solver of a block: the one place that knows which method is which kind. */
import type { BlockProblem, BlockSolver, Edge } from './block-solver.ts';
import { createFixedPoint } from './fixed-point.ts';
import { createParareal } from './parareal.ts';

export function createSolver(problem: BlockProblem, left: Edge): BlockSolver {
  return problem.method.name === 'parareal'
    ? createParareal(problem, left)
    : createFixedPoint(problem, left);
}
