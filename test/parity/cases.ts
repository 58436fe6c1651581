/** What diffusers sampled (`reference.py`), and how a user of isochron asks for the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { SubmitRequest } from '../../cli/client/types.ts';
import { readMask, readStartImage } from '../../cli/start-image.ts';
import { decodeNpy } from '../../shared/protocol/npy.ts';

const parityCase = z.object({
  pipeline: z.string(),
  case: z.string(),
  steps: z.number(),
  seed: z.number(),
  samples: z.number(),
  guidance: z.number().nullable(),
  prompt: z.string().nullable(),
  negativePrompt: z.string().nullable(),
  strength: z.number().nullable().default(null),
  files: z.record(z.string(), z.string()),
});

export type ParityCase = z.infer<typeof parityCase>;

export function readCases(folder: string): ParityCase[] {
  const document: unknown = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
  return z.object({ cases: z.array(parityCase) }).parse(document).cases;
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
  'ddim-image': { solver: 'ddim' },
  'dpmpp-2m-image': { solver: 'dpmpp-2m' },
  'euler-image': { solver: 'euler' },
  'ddim-mask': { solver: 'ddim' },
  'dpmpp-2m-mask': { solver: 'dpmpp-2m' },
  heun: { solver: 'heun' },
  pndm: { solver: '' },
  'flow-euler': { solver: '' },
  'flow-heun': { solver: 'flow-heun' },
};

/** What is submitted for a case; undefined for one that nobody has named here. */
export async function askedFor(
  folder: string,
  one: ParityCase,
): Promise<SubmitRequest | undefined> {
  const options = asked[one.case];
  if (!options) return undefined;
  const { pipeline: model, steps, seed, samples, guidance, prompt, negativePrompt } = one;
  const { strength, files } = one;
  const { image, mask } = files;
  return {
    ...options,
    model,
    steps,
    seed,
    samples,
    ...(guidance !== null && { guidance }),
    ...(strength !== null && { strength }),
    ...(image !== undefined && { image: await readStartImage(join(folder, image)) }),
    ...(mask !== undefined && { mask: await readMask(join(folder, mask)) }),
    ...(prompt !== null && { prompts: [prompt] }),
    // diffusers passes over one that guides nothing; here it is refused
    ...(negativePrompt !== null && guidance !== 1 && { negativePrompts: [negativePrompt] }),
  };
}
