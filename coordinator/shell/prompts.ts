/** The prompts of a request: checked, and turned into what the model takes. */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { conditionOfNegative } from '../../shared/kernel/negative-condition.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { elementsOf, type RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { EncodedCondition, Prompts } from '../../shared/protocol/pipeline-wire.ts';
import { invalid } from './invalid.ts';
import { askedGuidance } from './job-guidance.ts';
import type { PipelineCalls } from './pipeline-calls.ts';

/** What can be said of them before the model is known. */
export function checkPrompts(request: SubmitRequest__Output): void {
  const { prompts, negativePrompts, encoded, samples = 1 } = request;
  if (encoded.length > 0) {
    throw invalid('encoded', `${encoded.length} inputs`, 'none: send prompts, or inputs');
  }
  checkTexts('prompt', prompts, samples);
  checkTexts('negative-prompt', negativePrompts, samples);
  if (prompts.length === 0 && negativePrompts.length > 0) {
    throw invalid('negative-prompt', 'one without a prompt', 'a prompt as well');
  }
}

function checkTexts(field: string, texts: readonly string[], samples: number): void {
  const { length } = texts;
  if (length > 1 && length !== samples) {
    throw invalid(field, `${length} texts`, `one, or one for each of ${samples} samples`);
  }
  const most = limits.promptCharactersMax;
  const long = texts.find((text) => text.length > most);
  if (long === undefined) return;
  throw invalid(field, `${long.length} characters`, `at most ${most}`);
}

/** The request with conditions in place of its prompts; itself where it has none. */
export async function withEncoded(
  request: SubmitRequest__Output,
  model: RegisteredModel | undefined,
  calls: PipelineCalls,
): Promise<SubmitRequest__Output> {
  if (request.prompts.length === 0) return request;
  if (!model) {
    const { model: name } = request;
    throw invalid('prompt', 'one while no worker is there', `a worker that has ${name} to read it`);
  }
  if (!model.takesPrompts) {
    const names = model.conditions.map(({ name }) => name).join(', ') || 'none';
    throw invalid('prompt', 'one', `inputs: ${model.name} has no text encoders; it takes ${names}`);
  }
  const prompts = promptsOf(request, model);
  checkRoom(model, prompts);
  const conditions = await calls.encode(model, prompts);
  const encoded = withoutGiven(request, model, conditions).map(({ name, shape, data }) => ({
    name,
    dtype: 'float32',
    shape: [...shape],
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  }));
  return { ...request, encoded };
}

/** What prompts become is kept with the job, and text encoders of today make megabytes of each. */
function checkRoom(model: RegisteredModel, { positive, negative = [] }: Prompts): void {
  const elements = model.conditions.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  const most = Math.floor(limits.latentElementsMax / elements);
  const texts = positive.length + negative.length;
  if (texts > most) throw invalid('prompt', `${texts} texts`, `at most ${most} of ${model.name}`);
}

/** A number beside words, such as how much a distilled model is guided, may be the job's own. */
function withoutGiven(
  { inputs }: SubmitRequest__Output,
  { conditions }: RegisteredModel,
  made: readonly EncodedCondition[],
): readonly EncodedCondition[] {
  return made.filter(({ name }) => {
    if (!inputs.some((input) => input.name === name)) return true;
    const condition = conditions.find((one) => one.name === (conditionOfNegative(name) ?? name));
    if (condition?.shape.length === 0) return false;
    throw invalid('input', name, 'prompts, or inputs in their place: its prompt is in it');
  });
}

function promptsOf(request: SubmitRequest__Output, model: RegisteredModel): Prompts {
  const { prompts: positive, negativePrompts, guidanceSchedule } = request;
  const guidance = askedGuidance(request, model);
  const guided = guidanceSchedule.length > 0 || (guidance !== 0 && guidance !== 1);
  if (!guided && negativePrompts.length > 0) {
    const found = `one with guidance ${guidance}, which guides away from nothing`;
    throw invalid('negative-prompt', found, 'another guidance, or no negative prompt');
  }
  if (!guided) return { positive, negative: undefined };
  return { positive, negative: negativePrompts.length > 0 ? negativePrompts : [null] };
}
