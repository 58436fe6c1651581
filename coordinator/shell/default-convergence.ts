/** The bundled model's convergence, which stands in for that of models nobody measured. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ConvergenceTable } from '../../shared/kernel/convergence.ts';
import {
  convergenceFile,
  convergenceOf,
  convergenceSchema,
} from '../../shared/protocol/convergence-file.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';

const MODEL = 'fashion-unet';

/** Undefined where the package was stripped of its models: `auto` then has no parallel plan. */
export async function defaultConvergence(log: Logger): Promise<ConvergenceTable | undefined> {
  const file = join(packageRoot(), 'models', MODEL, convergenceFile);
  try {
    const document: unknown = JSON.parse(await readFile(file, 'utf8'));
    return convergenceOf(convergenceSchema.parse(document));
  } catch (error) {
    log.warn({ file, err: error }, 'no default convergence figures');
    return undefined;
  }
}
