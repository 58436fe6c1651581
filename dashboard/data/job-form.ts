/** The form that submits a job: what people typed, as a request or as what is wrong with it. */
import type { Condition, Model } from '../api/replies.ts';

/** As people type them; empty is the server's default. */
export interface JobFields {
  readonly model: string;
  readonly solver: string;
  readonly steps: string;
  readonly samples: string;
  readonly seed: string;
  readonly method: string;
  readonly window: string;
  readonly tolerance: string;
  readonly guidance: string;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly compareSequential: boolean;
  /** By name of the condition. */
  readonly inputs: Readonly<Record<string, string>>;
}

export const firstFields: JobFields = {
  model: '',
  solver: 'ddim',
  steps: '50',
  samples: '1',
  seed: '0',
  method: 'auto',
  window: '',
  tolerance: '',
  guidance: '',
  prompt: '',
  negativePrompt: '',
  compareSequential: false,
  inputs: {},
};

export const METHODS = [
  'auto',
  'sequential',
  'picard',
  'picard-eps',
  'secant',
  'parataa',
  'parareal',
] as const;

export const SOLVERS = [
  'ddim',
  'ddpm',
  'euler',
  'euler-ancestral',
  'heun',
  'lms',
  'pndm',
  'dpmpp-1',
  'dpmpp-2m',
  'dpmpp-3m',
  'dpmpp-2s',
  'sde-dpmpp-1',
  'sde-dpmpp-2m',
  'sde-dpmpp-3m',
  'unipc',
  'deis',
  'sa-solver',
  'flow-euler',
  'flow-heun',
  'edm-euler',
  'edm-heun',
  'lcm',
  'tcd',
] as const;

/** What is wrong, by field; `inputs.NAME` for a condition, empty for the whole form. */
export type FieldErrors = Readonly<Record<string, string>>;

export interface InputValue {
  readonly name: string;
  readonly value: number | string | readonly number[];
}

export interface JobRequest {
  readonly [field: string]: unknown;
  readonly inputs: readonly InputValue[];
}

const numbers = ['steps', 'samples', 'seed', 'window', 'tolerance', 'guidance'] as const;
const fractions: readonly string[] = ['tolerance', 'guidance'];

/** Only what the browser can know: the server has the last word on every value. */
export function requestOf(
  fields: JobFields,
  model: Model | undefined,
): { readonly request: JobRequest; readonly errors: FieldErrors } {
  const errors: Record<string, string> = {};
  if (fields.model === '') errors['model'] = 'choose a model';
  const request: Record<string, unknown> = {
    model: fields.model,
    solver: fields.solver,
    method: fields.method,
    compareSequential: fields.compareSequential,
  };
  for (const name of numbers) {
    const typed = fields[name].trim();
    if (typed === '') continue;
    const value = Number(typed);
    const wanted = fractions.includes(name) ? 'a number' : 'a whole number';
    const fits = fractions.includes(name) ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (fits) request[name] = value;
    else errors[name] = `found "${typed}", expected ${wanted}`;
  }
  if (fields.steps.trim() === '') errors['steps'] = 'say how many sampling steps';
  if (model?.takesPrompts) {
    if (fields.prompt.trim() !== '') request['prompts'] = [fields.prompt];
    if (fields.negativePrompt.trim() !== '') request['negativePrompts'] = [fields.negativePrompt];
  }
  const inputs = (model?.conditions ?? []).flatMap((condition) =>
    inputOf(condition, fields, errors),
  );
  return { request: { ...request, inputs }, errors };
}

function inputOf(
  condition: Condition,
  { inputs }: JobFields,
  errors: Record<string, string>,
): InputValue[] {
  const { name, shape } = condition;
  const typed = (inputs[name] ?? '').trim();
  if (typed === '') return [];
  if (condition.labels.includes(typed)) return [{ name, value: typed }];
  const values = typed.split(/[\s,]+/).map(Number);
  const wanted = shape.reduce((product, size) => product * size, 1);
  const scalar = shape.length === 0;
  if (
    values.some((value) => !Number.isFinite(value)) ||
    (!scalar && values.length % wanted !== 0)
  ) {
    const what = scalar ? 'a number' : `${wanted} numbers`;
    errors[`inputs.${name}`] = `found "${typed}", expected ${what}, separated by commas`;
    return [];
  }
  const [first = 0] = values;
  return [{ name, value: scalar && values.length === 1 ? first : values }];
}

const aliases: Readonly<Record<string, string>> = {
  prompts: 'prompt',
  negativePrompts: 'negativePrompt',
};

/**
 * At which field the server's message belongs: it begins with the field's name and a colon. Empty
 * where the form has no such field.
 */
export function fieldOfMessage(
  message: string,
  fields: JobFields,
  sent: readonly InputValue[] = [],
): string {
  const [, head = ''] = /^([^:]{1,80}):/.exec(message) ?? [];
  const [, input] = /^inputs?[ .](.+)$/.exec(head) ?? [];
  if (input !== undefined) {
    const name = sent[Number(input)]?.name ?? input;
    return Object.hasOwn(fields.inputs, name) ? `inputs.${name}` : '';
  }
  const name = head.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const [first = ''] = name.split('.');
  const field = aliases[first] ?? first;
  return Object.hasOwn(fields, field) ? field : '';
}

/** What a condition's field shows of what it held before: a label for the number of one. */
export function inputFor(condition: Condition, before: string | undefined): string {
  if (before === undefined) return firstInput(condition);
  const { labels, minimum } = condition;
  if (labels.length === 0 || labels.includes(before)) return before;
  return before === '' ? '' : (labels[Number(before) - minimum] ?? '');
}

/** The first label, the middle of the range, or nothing where nothing is a choice. */
function firstInput({ labels, unconditional, shape, minimum, maximum }: Condition): string {
  if (labels.length > 0) return unconditional === undefined ? (labels[0] ?? '') : '';
  if (unconditional !== undefined) return '';
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements > 16) return '';
  const middle = Number(((minimum + maximum) / 2).toPrecision(6));
  return Array.from({ length: elements }, () => middle).join(', ');
}
