/** What the parity test needs: tiny pipelines, their exports, and what diffusers makes of them. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { pythonEnvironment, runProgram } from '../support/python-tools.ts';

export const pipelines = [
  'stable-diffusion',
  'stable-diffusion-xl',
  'stable-diffusion-3',
  'unconditional',
  'flux',
] as const;

/** A picture's size and the tokens of T5, where a pipeline does not say them. */
const exportOptions: Readonly<Record<string, readonly string[]>> = {
  flux: ['--height', '64', '--width', '64', '--max-sequence-length', '77'],
};

export interface ParityFolders {
  readonly exported: string;
  readonly reference: string;
}

/** What is not there yet; a run that broke off is begun again where it was. */
export function prepare(work: string): ParityFolders {
  mkdirSync(work, { recursive: true });
  const [exported, reference] = [join(work, 'exported'), join(work, 'reference')];
  const made = join(work, 'pipelines');
  const scripts = join(packageRoot(), 'test', 'parity');
  const python = (script: string, ...args: readonly string[]): void => {
    const requirements = join(scripts, 'requirements.txt');
    runProgram(pythonEnvironment(join(work, 'environment'), requirements), script, ...args);
  };
  if (!existsSync(join(made, 'unconditional', 'model_index.json'))) {
    python(join(scripts, 'make_pipelines.py'), '--out', made);
  }
  for (const name of pipelines) {
    const [from, to] = [join(made, name), join(exported, name)];
    if (existsSync(join(to, 'model_index.json'))) continue;
    const options = exportOptions[name] ?? [];
    python(join(packageRoot(), 'models', 'export', 'export.py'), from, to, ...options);
  }
  if (!existsSync(join(reference, 'index.json'))) {
    python(join(scripts, 'reference.py'), '--pipelines', made, '--out', reference);
  }
  return { exported, reference };
}
