/** The grid that a request asks for. */
import { z } from 'zod';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import type { Bound } from '../../shared/kernel/step-rule.ts';
import type { SigmaSpacing } from '../../shared/numerics/sigma-spacing.ts';
import type { Solver } from '../../shared/numerics/solver-kinds.ts';
import { solverNames, solverOf } from '../../shared/numerics/solvers.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { gridTables, type GridTables } from './grids.ts';
import { invalid } from './invalid.ts';

export const spacings = ['leading', 'trailing', 'linspace'] as const;
const sigmaNames = ['karras', 'exponential', 'beta'] as const;
/** Of a job that starts from a picture, where it does not say: as diffusers has it. */
const STRENGTH = 0.8;
/** More than any solver can be told. */
const OPTIONS_LENGTH_MAX = 1_024;

export type GridRequest = Pick<
  SubmitRequest__Output,
  'solver' | 'steps' | 'eta' | 'spacing' | 'sigmas' | 'solverOptions' | 'strength'
> & {
  readonly image?: SubmitRequest__Output['image'];
  readonly mask?: SubmitRequest__Output['mask'];
};

/** What can be said of it before any model is known. @throws INVALID_REQUEST */
export function checkGridRequest(request: GridRequest): void {
  const { solver, steps, eta, spacing } = request;
  if (solver !== '') oneOf('solver', solver, solverNames);
  if (spacing !== '') oneOf('spacing', spacing, spacings);
  if (!(Number.isSafeInteger(steps) && steps >= 1 && steps <= limits.stepsMax)) {
    throw invalid('steps', steps, `an integer from 1 to ${limits.stepsMax}`);
  }
  if (eta !== undefined && !(eta >= 0 && eta <= 1)) {
    throw invalid('eta', eta, 'a number from 0 to 1');
  }
  if (eta !== undefined && solver !== 'ddim') {
    const expected = solver === 'ddpm' ? 'none: ddpm is ddim with eta 1' : 'none: it is of ddim';
    throw invalid('eta', eta, expected);
  }
  if (skippedSteps(request) >= steps) {
    throw invalid(
      'strength',
      request.strength ?? STRENGTH,
      `a number from ${1 / steps} to 1 for ${steps} steps`,
    );
  }
  sigmasOf(request);
  if (solver !== '') solverIn(request);
}

/** Of a job that starts from a picture: the first steps, which it does not take. */
function skippedSteps({ steps, image, mask, strength = mask ? 1 : STRENGTH }: GridRequest): number {
  if (!image) return 0;
  const taken = strength > 0 && strength <= 1 ? Math.floor(steps * strength) : 0;
  return steps - taken;
}

/** With what the model's own sampler is told, where the job names it or none, and a spacing. */
export function completed(asked: GridRequest, model: RegisteredModel): GridRequest {
  const request = withSampler(asked, model);
  const spacing = request.spacing || spacingFor(solverIn(request), model);
  return { ...request, spacing };
}

function withSampler(request: GridRequest, model: RegisteredModel): GridRequest {
  const { sampler } = model;
  const solver = request.solver === '' ? sampler?.name : request.solver;
  if (solver === undefined) {
    throw invalid('solver', 'none', `one of ${solverNames.join(', ')}: ${model.name} has none`);
  }
  if (!sampler || solver !== sampler.name) return { ...request, solver };
  const told = { ...sampler.options, ...optionsIn(request.solverOptions) };
  return {
    ...request,
    solver,
    sigmas: request.sigmas === '' ? sampler.sigmas : request.sigmas,
    solverOptions: Object.keys(told).length > 0 ? JSON.stringify(told) : '',
  };
}

function oneOf(field: string, found: string, expected: readonly string[]): void {
  if (!expected.includes(found)) throw invalid(field, found, `one of ${expected.join(', ')}`);
}

/** @throws INVALID_REQUEST with everything that only its construction can find wrong */
export function gridOf(asked: GridRequest, model: RegisteredModel): GridTables {
  const request = completed(asked, model);
  const { schedule, timestepOffset: offset, prediction } = model;
  const { steps } = request;
  const most = schedule.kind === 'edm' ? limits.stepsMax : schedule.trainSteps;
  if (steps > most) {
    throw invalid('steps', steps, `at most ${most}, the training steps of ${model.name}`);
  }
  const [sigmas, solver] = [sigmasOf(request), solverIn(request)];
  const bound = boundFor(solver, model);
  const spacing = spacings.find((known) => known === request.spacing) ?? model.spacing;
  const skip = skippedSteps(request);
  const places = { schedule, spacing, offset, steps, ...(skip > 0 && { skip }) };
  const levels = { ...places, terminalAlphaBar: endOf(solver, model) };
  try {
    return gridTables({
      ...levels,
      solver,
      prediction,
      ...(sigmas && { sigmas }),
      ...(bound && { bound }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const found = `${request.solver} in ${steps} steps`;
    throw invalid('solver', found, `a grid that works: ${error.message}`);
  }
}

/** Samplers that go by training times; the others go by noise levels. */
const onTimes: readonly Solver['kind'][] = ['ddim', 'pndm', 'lcm', 'tcd'];

/**
 * Where the sample is. A manifest that says nothing of samplers means one place for all; a folder
 * that has one of its own tells apart those that go by times, of which DDPM always ends at 1.
 */
function endOf({ kind }: Solver, { terminalAlphaBar, sampler }: RegisteredModel): number | 'first' {
  if (!sampler || onTimes.includes(kind)) return terminalAlphaBar;
  return kind === 'ddpm' || sampler.finalSigma === 'zero' ? 1 : 'first';
}

function spacingFor({ kind }: Solver, { spacing, sampler, schedule }: RegisteredModel) {
  if (!sampler?.usualSpacing || schedule.kind === 'flow') return spacing;
  return kind === 'ddpm' || onTimes.includes(kind) ? 'leading' : 'linspace';
}

/** Clipping is of samplers that always had it; the bound of a folder says no more of others. */
function boundFor({ kind }: Solver, { bound, sampler }: RegisteredModel): Bound | undefined {
  if (!sampler || !bound) return bound;
  const bounded: readonly Solver['kind'][] =
    bound.kind === 'clip' ? ['ddim', 'ddpm', 'heun', 'lcm'] : thresholded;
  return bounded.includes(kind) ? bound : undefined;
}

const thresholded: readonly Solver['kind'][] = [
  'ddim',
  'ddpm',
  'lcm',
  'dpmpp',
  'dpmpp-single',
  'unipc',
  'sa-solver',
];

function solverIn({ solver, eta, solverOptions }: GridRequest): Solver {
  const told = optionsIn(solverOptions);
  try {
    return solverOf(solver, eta === undefined ? told : { ...told, eta });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid('solver-option', solverOptions, `options that fit: ${error.message}`);
  }
}

function optionsIn(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  const expected = `a JSON object of at most ${OPTIONS_LENGTH_MAX} characters`;
  if (text.length > OPTIONS_LENGTH_MAX) {
    throw invalid('solver-option', `${text.length} characters`, expected);
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw invalid('solver-option', text, expected);
  }
}

function sigmasOf({ sigmas, steps }: GridRequest): SigmaSpacing | undefined {
  if (sigmas === '') return undefined;
  const name = sigmaNames.find((known) => known === sigmas);
  if (name) return { kind: name };
  const [kind, list] = sigmas.startsWith('times:')
    ? (['times', sigmas.slice('times:'.length)] as const)
    : (['sigmas', sigmas] as const);
  const texts = list.split(',', limits.stepsMax + 1);
  const values = texts.map((text) => (text.trim() === '' ? NaN : Number(text)));
  if (values.length === steps && values.every(Number.isFinite)) return { kind, values };
  const found = sigmas.length > 80 ? `${sigmas.slice(0, 77)}...` : sigmas;
  throw invalid('sigmas', found, `${sigmaNames.join(', ')}, or ${steps} numbers`);
}
