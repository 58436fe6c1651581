/** Described devices: data files in models/profiles, or wherever a path leads. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { modelNamePattern } from '../manifest-schema.ts';

const point = z.strictObject({ batch: z.int().min(1), ms: z.number().positive() });
const text = z.string().min(1).max(4096);

const profileSchema = z
  .strictObject({
    name: z.string().regex(modelNamePattern),
    device: text,
    workload: text,
    /** Of one row of that workload. */
    sampleShape: z.array(z.int().min(1)).min(1).max(limits.rankMax),
    maxBatch: z.int().min(1).max(limits.batchMax),
    /** Milliseconds of one call by its rows, from 1 on. */
    curve: z.array(point).min(1).max(64),
    /** Where each figure can be read. */
    sources: z.array(z.strictObject({ figure: text, from: text })).min(1),
    /** What was concluded from the sources, and what nobody measured. */
    derivation: text,
  })
  .refine(({ curve }) => curve[0]?.batch === 1, {
    path: ['curve'],
    message: 'expected batch 1 first',
  })
  .refine(
    ({ curve }) => curve.every(({ batch }, k) => k === 0 || batch > (curve[k - 1]?.batch ?? 0)),
    { path: ['curve'], message: 'expected growing batch sizes' },
  )
  .refine(({ curve, maxBatch }) => (curve.at(-1)?.batch ?? 0) === maxBatch, {
    path: ['maxBatch'],
    message: 'expected the last batch of the curve',
  });

export type Profile = z.infer<typeof profileSchema>;

const profileEnding = '.yaml';
/** Of a curve with its sources: a few kB. */
const PROFILE_BYTES_MAX = 64 * 1024;

/**
 * @param name of a profile of this package, or the path of a file, which has a slash or ends in
 *   .yaml
 */
export async function readProfile(name: string): Promise<Profile> {
  const isPath = name.includes('/') || name.endsWith(profileEnding);
  const file = isPath ? name : join(profilesFolder(), `${name}${profileEnding}`);
  if (!isPath && !(await profileNames()).includes(name)) {
    const known = (await profileNames()).join(', ');
    throw badProfile(name, `expected one of ${known}, or the path of a YAML file`);
  }
  return parsed(name, await textOf(file).catch((error: Error) => error));
}

/** A path may lead to what has no end. */
async function textOf(file: string): Promise<string> {
  const found = await stat(file);
  if (found.isFile() && found.size <= PROFILE_BYTES_MAX) return readFile(file, 'utf8');
  const what = found.isFile() ? `${found.size} bytes` : 'no regular file';
  throw new Error(`found ${what}, expected a file of at most ${PROFILE_BYTES_MAX} bytes`);
}

function parsed(name: string, read: string | Error): Profile {
  if (read instanceof Error) throw badProfile(name, read.message);
  let document: unknown;
  try {
    document = parse(read, { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    throw badProfile(name, error instanceof Error ? error.message.trim() : String(error));
  }
  const result = profileSchema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badProfile(name, `${issue?.path.join('.') || 'the document'}: ${issue?.message}`);
}

function profilesFolder(): string {
  return join(packageRoot(), 'models', 'profiles');
}

async function profileNames(): Promise<string[]> {
  const files = await readdir(profilesFolder()).catch((): string[] => []);
  const profiles = files.filter((file) => file.endsWith(profileEnding));
  return profiles.map((file) => file.slice(0, -profileEnding.length)).sort();
}

function badProfile(profile: string, what: string): SamplerError {
  const message = `profile ${JSON.stringify(profile)}: ${what}`;
  return new SamplerError('INVALID_REQUEST', message, { context: { profile } });
}
