/** The measured convergence of a model, from the file beside it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ConvergenceTable } from '../../shared/kernel/convergence.ts';
import {
  convergenceBytesMax,
  convergenceFile,
  convergenceOf,
  convergenceSchema,
} from '../../shared/protocol/convergence-file.ts';
import type { ConvergenceFile } from '../../shared/protocol/convergence-file.ts';
import { readModelFile, unusable } from './model-file.ts';

const todo = 'write it anew: npm run bench:convergence -- --model NAME, or remove it';

/**
 * Undefined where the folder has none, or one of another model file: old figures are no reason to
 * refuse a model. A file that is no such table is an error, since somebody meant something by it.
 */
export async function readConvergence(
  folder: string,
  sha256: string,
): Promise<ConvergenceTable | undefined> {
  const path = join(folder, convergenceFile);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return undefined;
  const { bytes } = await readModelFile(folder, convergenceFile);
  if (bytes.length > convergenceBytesMax) {
    throw unusable(path, `${bytes.length} bytes`, `at most ${convergenceBytesMax}`, todo);
  }
  const file = parsed(path, bytes);
  return file.modelSha256 === sha256 ? convergenceOf(file) : undefined;
}

function parsed(path: string, bytes: Buffer): ConvergenceFile {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(path, `no valid JSON: ${reason}`, 'one JSON document', todo);
  }
  const result = convergenceSchema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the document';
  throw unusable(path, `${where}: ${issue?.message}`, 'a table of measured convergence', todo);
}
