/** JSON files of a pipeline's folder: read as a model's files are, refused by name. */
import { join } from 'node:path';
import type { z } from 'zod';
import { readModelFile, unusable } from '../model-file.ts';

/** Settings take a few KiB. */
const SETTINGS_BYTES_MAX = 1024 * 1024;

/** @throws MODEL_UNUSABLE naming the file */
export async function readJson(
  folder: string,
  name: string,
  bytesMax: number = SETTINGS_BYTES_MAX,
): Promise<unknown> {
  const { file, bytes } = await readModelFile(folder, name);
  if (bytes.length > bytesMax) {
    throw unusable(file, `${bytes.length} bytes`, `at most ${bytesMax}`, 'shorten it');
  }
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(file, `no JSON: ${reason}`, 'one JSON object', 'export the folder again');
  }
}

export async function readParsed<T>(
  schema: z.ZodType<T>,
  folder: string,
  name: string,
  bytesMax?: number,
): Promise<T> {
  return parsed(schema, await readJson(folder, name, bytesMax), join(folder, name));
}

/** @throws MODEL_UNUSABLE naming the file and the field */
export function parsed<T>(schema: z.ZodType<T>, document: unknown, file: string): T {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the document';
  const found = `${where} that cannot be read (${issue?.message ?? 'invalid'})`;
  throw unusable(file, found, 'what diffusers writes', 'export the folder again');
}
