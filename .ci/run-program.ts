/** Programs that a gate runs to their end. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

export const root = dirname(import.meta.dirname);

/**
 * What it printed on standard output. The locked tools come first on its PATH.
 *
 * @throws where it fails, with all that it said
 */
export function output(
  program: string,
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  const { cwd = root, env = process.env } = options;
  const bin = join(root, 'node_modules', '.bin');
  const done = spawnSync(program, argv, {
    cwd,
    encoding: 'utf8',
    env: { ...env, PATH: `${bin}:${env['PATH'] ?? ''}` },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return done.stdout;
  const why = done.error?.message ?? `ended with ${done.status ?? done.signal}`;
  throw new Error(`${program} ${argv.join(' ')} ${why}\n${done.stdout}${done.stderr}`);
}
