/** How much a job is guided: by one weight, or by weights that change along the way. */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { conditionOfNegative } from '../../shared/kernel/negative-condition.ts';
import { guidanceWeights } from '../../shared/numerics/guidance.ts';
import type { Grid } from '../../shared/numerics/step-table.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { invalid } from './invalid.ts';
import { inputsOf } from './request-inputs.ts';

const SCHEDULE_MIN = 2;

/** What can be said of it before the model is known. */
export function checkGuidance({ guidance, guidanceSchedule }: SubmitRequest__Output): void {
  checkWeight('guidance', guidance ?? 0);
  const { length } = guidanceSchedule;
  if (length === 0) return;
  if (guidance !== undefined) {
    throw invalid('guidance', `${guidance} beside a schedule of it`, 'one of them');
  }
  if (length < SCHEDULE_MIN || length > limits.stepsMax) {
    const expected = `${SCHEDULE_MIN} to ${limits.stepsMax}`;
    throw invalid('guidance-schedule', `${length} weights`, expected);
  }
  for (const weight of guidanceSchedule) checkWeight('guidance-schedule', weight);
}

function checkWeight(field: string, found: number): void {
  if (found >= 0 && found <= limits.guidanceMax) return;
  throw invalid(field, found, `a number from 0 to ${limits.guidanceMax}`);
}

/** The weight that a request asks for; the greatest, where it changes. */
export function askedGuidance(
  { guidance, guidanceSchedule }: Pick<SubmitRequest__Output, 'guidance' | 'guidanceSchedule'>,
  model: RegisteredModel,
): number {
  if (guidanceSchedule.length > 0) return Math.max(...guidanceSchedule);
  return guidance ?? (model.guidance === 0 ? 1 : model.guidance);
}

export interface JobGuidance {
  /** 0 where nothing guides, 1 where the condition stands alone; of a schedule the greatest. */
  readonly guidance: number;
  readonly guided: boolean;
  /** Of each step; absent where all have the same. */
  readonly weights: Float64Array | undefined;
}

/** @param of whether the job has conditions, and its grid */
export function jobGuidance(
  request: SubmitRequest__Output,
  model: RegisteredModel,
  { given, grid }: { readonly given: boolean; readonly grid: Pick<Grid, 'timestep'> },
): JobGuidance {
  const asked =
    request.guidance ?? (request.guidanceSchedule.length > 0 ? 'a schedule' : undefined);
  const negative = inputsOf(request).some(({ name }) => conditionOfNegative(name) !== undefined);
  const supported = negative || model.conditions.some((one) => one.unconditional !== null);
  if (!supported && asked !== undefined && asked !== 1) {
    const wanted = 'give one as --input NAME.unconditional=FILE.npy';
    const expected = `none: ${model.name} has no unconditional value to guide away from; ${wanted}`;
    throw invalid('guidance', asked, expected);
  }
  if (!supported || !given) return { guidance: 0, guided: false, weights: undefined };
  const guidance = askedGuidance(request, model);
  const schedule = request.guidanceSchedule;
  if (schedule.length === 0) {
    return { guidance, guided: guidance !== 0 && guidance !== 1, weights: undefined };
  }
  return { guidance, guided: true, weights: guidanceWeights(schedule, grid.timestep) };
}
