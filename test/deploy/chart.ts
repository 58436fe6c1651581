/** The chart rendered by helm, as objects. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { helm } from './helm.ts';

export const deployFolder = join(packageRoot(), 'deploy');
export const chartFolder = join(deployFolder, 'helm', 'isochron');

/** What is read of an object here; whatever else it has is for the schemas. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Without a name: the values of the chart alone. */
export const valuesFiles: readonly string[] = [
  '',
  ...readdirSync(chartFolder).flatMap((file) => /^values-(\w+)\.yaml$/.exec(file)?.[1] ?? []),
];

function valuesArguments(values: string): string[] {
  return values === '' ? [] : ['--values', join(chartFolder, `values-${values}.yaml`)];
}

/** @param settings of `--set` */
export function renderText(values: string, settings: readonly string[] = []): string {
  const set = settings.flatMap((setting) => ['--set', setting]);
  const where = ['--namespace', 'isochron'];
  const args = ['template', 'isochron', chartFolder, ...where, ...valuesArguments(values), ...set];
  const { code, out, err } = helm(args);
  if (code !== 0) throw new Error(err);
  return out;
}

export function render(values: string, settings: readonly string[] = []): Manifest[] {
  return manifestsOf(renderText(values, settings));
}

export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const found = document.toJS() as Manifest | null;
    return found === null ? [] : [found];
  });
}

export function lint(values: string): string {
  const { out, err, code } = helm(['lint', '--strict', chartFolder, ...valuesArguments(values)]);
  return code === 0 ? '' : out + err;
}

export function readDeployed(path: string): string {
  return readFileSync(join(deployFolder, path), 'utf8');
}
