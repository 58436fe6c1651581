/** A stored request as fields of the form: to run a job again with something changed. */
import { isRecord, readAs } from '../api/read-as.ts';
import { firstFields } from './job-form.ts';
import type { JobFields } from './job-form.ts';
import { bytesOf } from './residual.ts';

const example = {
  model: '',
  solver: '',
  steps: 0,
  samples: undefined as number | undefined,
  seed: undefined as number | undefined,
  method: '',
  window: undefined as number | undefined,
  tolerance: undefined as number | undefined,
  guidance: undefined as number | undefined,
  prompts: [] as string[],
  negativePrompts: [] as string[],
  compareSequential: false,
  inputs: [] as unknown[],
};

/** The first fields where there is no request. */
export function fieldsOfRequest(found: Readonly<Record<string, unknown>>): JobFields {
  const request = readAs(example, found);
  if (request.model === '') return firstFields;
  const text = (value: number | undefined, other = ''): string =>
    value === undefined ? other : String(value);
  return {
    model: request.model,
    solver: request.solver,
    steps: text(request.steps),
    samples: text(request.samples, '1'),
    seed: text(request.seed, '0'),
    method: request.method || 'auto',
    window: text(request.window),
    tolerance: text(request.tolerance),
    guidance: text(request.guidance),
    prompt: String(request.prompts[0] ?? ''),
    negativePrompt: String(request.negativePrompts[0] ?? ''),
    compareSequential: request.compareSequential,
    inputs: Object.fromEntries(request.inputs.flatMap(inputOf)),
  };
}

/** Inputs whose numbers the coordinator tells; larger ones are left for whoever fills the form. */
function inputOf(found: unknown): [name: string, typed: string][] {
  const values = numbersOf(found);
  if (!isRecord(found) || values === undefined) return [];
  return [[String(found['name']), values.join(', ')]];
}

const VALUES_MAX = 16;

/** Of an input with a dtype and data; undefined where it has none, or more than fit a field. */
export function numbersOf(found: unknown): readonly number[] | undefined {
  const { dtype, data } = readAs({ dtype: '', data: '' }, found);
  const { buffer, byteLength } = bytesOf(data);
  const view = new DataView(buffer);
  const bytes = dtype === 'int64' ? 8 : 4;
  const count = byteLength / bytes;
  if (!Number.isInteger(count) || count === 0 || count > VALUES_MAX) return undefined;
  return Array.from({ length: count }, (_, k) => {
    if (dtype === 'int64') return Number(view.getBigInt64(bytes * k, true));
    if (dtype === 'int32') return view.getInt32(bytes * k, true);
    return Number(view.getFloat32(bytes * k, true).toPrecision(7));
  });
}
