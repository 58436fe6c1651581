/** `--solver-option name=value`: what else a solver is told. */
import { InvalidArgumentError } from 'commander';

/** Values are JSON where they can be read as such, else text: order=3, correction=heun. */
export function collectSolverOption(
  text: string,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('expected NAME=VALUE, such as order=3');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`found ${name} twice`);
  return { ...before, [name]: read(value) };
}

function read(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
