/** What diffusers sampled (`reference.py`), and how a user of isochron asks for the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { resolveInputs } from '../../cli/inputs.ts';
import type { InputTensor } from '../../cli/client/types.ts';
import type { ConditionInfo } from '../../cli/client/types.ts';
import { decodeNpy } from '../../shared/protocol/npy.ts';

const parityCase = z.object({
  pipeline: z.string(),
  case: z.string(),
  steps: z.number(),
  seed: z.number(),
  samples: z.number(),
  shape: z.array(z.number()),
  guidance: z.number().nullable(),
  files: z.record(z.string(), z.string()),
});

export type ParityCase = z.infer<typeof parityCase>;

const conditionFiles = z.record(z.string(), z.record(z.string(), z.string()));

export interface Reference {
  readonly folder: string;
  readonly cases: readonly ParityCase[];
  /** Files of the conditions of a case, by input. */
  filesOf(one: ParityCase): Readonly<Record<string, string>>;
}

export function readReference(folder: string): Reference {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { cases } = z.object({ cases: z.array(parityCase) }).parse(read('index.json'));
  const conditions = conditionFiles.parse(read('conditions.json'));
  return {
    folder,
    cases,
    filesOf: ({ pipeline, case: name }) => conditions[`${pipeline}.${name}`] ?? {},
  };
}

export function floatsOf(folder: string, name: string): Float32Array {
  const { data } = decodeNpy(Uint8Array.from(readFileSync(join(folder, name))));
  if (data instanceof Float32Array) return data;
  throw new TypeError(`${name}: found ${data.constructor.name}, expected float32`);
}

export function bytesOf(folder: string, name: string): Uint8Array {
  const { data } = decodeNpy(Uint8Array.from(readFileSync(join(folder, name))));
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`${name}: found ${data.constructor.name}, expected bytes`);
}

/** Cases are named after solvers, and after what is else about them. */
const asked: Readonly<Record<string, { solver: string; spacing?: string; sigmas?: string }>> = {
  ddim: { solver: 'ddim' },
  'ddim-no-guidance': { solver: 'ddim' },
  'ddim-empty-negative': { solver: 'ddim' },
  ddpm: { solver: '' },
  'dpmpp-2m': { solver: 'dpmpp-2m' },
  'dpmpp-2m-karras': { solver: 'dpmpp-2m', sigmas: 'karras' },
  unipc: { solver: 'unipc' },
  euler: { solver: 'euler' },
  'euler-trailing': { solver: 'euler', spacing: 'trailing' },
  heun: { solver: 'heun' },
  pndm: { solver: '' },
  'flow-euler': { solver: '' },
  'flow-heun': { solver: 'flow-heun' },
};

/** The submit options of a case; undefined for one that nobody has named here. */
export function askedFor(one: ParityCase) {
  const options = asked[one.case];
  if (!options) return undefined;
  const { steps, seed, samples, guidance } = one;
  return { ...options, steps, seed, samples, ...(guidance !== null && { guidance }) };
}

/** Its conditions, as `--input NAME=FILE.npy` reads them. */
export function inputsOf(
  reference: Reference,
  one: ParityCase,
  conditions: readonly ConditionInfo[],
): Promise<InputTensor[]> {
  const files = Object.entries(reference.filesOf(one));
  const raw = files.map(([name, file]) => ({ name, value: join(reference.folder, file) }));
  return resolveInputs(raw, conditions);
}
