/** The grid that a request asks for. */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { Solver } from '../../shared/numerics/grid.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { gridTables, type GridTables } from './grids.ts';
import { invalid } from './invalid.ts';

export const spacings = ['leading', 'trailing', 'linspace'] as const;

/** @throws INVALID_REQUEST with everything that only its construction can find wrong */
export function gridOf(
  request: Pick<SubmitRequest__Output, 'solver' | 'steps' | 'eta' | 'spacing'>,
  model: RegisteredModel,
): GridTables {
  const solver: Solver =
    request.solver === 'ddpm' ? { kind: 'ddpm' } : { kind: 'ddim', eta: request.eta ?? 0 };
  const spacing = spacings.find((known) => known === request.spacing) ?? model.spacing;
  const { schedule, timestepOffset: offset, terminalAlphaBar, prediction } = model;
  if (request.steps > schedule.trainSteps) {
    throw invalid(
      'steps',
      request.steps,
      `at most ${schedule.trainSteps}, the training steps of ${model.name}`,
    );
  }
  try {
    const { steps } = request;
    return gridTables({
      schedule,
      spacing,
      offset,
      terminalAlphaBar,
      steps,
      solver,
      prediction,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid('steps', request.steps, `a grid that works: ${error.message}`);
  }
}
