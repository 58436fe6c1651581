/** Python beside the tests: environments of pinned packages, made once, and programs in them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @throws where it fails, which it has said itself */
export function runProgram(program: string, ...args: readonly string[]): void {
  process.stderr.write(`${program} ${args.join(' ')}\n`);
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${status}`);
}

/** The interpreter of an environment; one whose packages did not all arrive is made again. */
export function pythonEnvironment(folder: string, requirements: string): string {
  const python = join(folder, 'bin', 'python');
  const whole = join(folder, 'isochron-ready');
  if (existsSync(whole)) return python;
  mkdirSync(folder, { recursive: true });
  runProgram('python3', '-m', 'venv', folder);
  runProgram(python, '-m', 'pip', 'install', '-q', '-r', requirements);
  writeFileSync(whole, '');
  return python;
}
