/** Whether what a reader threw is what a user can do something with. */
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { drawsOf } from '../draws.ts';
import { arrayTargets } from './array-targets.ts';
import { modelTargets } from './model-targets.ts';
import type { Target } from './targets.ts';
import { textTargets } from './text-targets.ts';

export const targets: readonly Target[] = [...arrayTargets, ...modelTargets, ...textTargets];

export interface Judged {
  readonly target: string;
  /** Its code, or that it was accepted. */
  readonly outcome: string;
  /** What is wrong with that, if anything. */
  readonly wrong?: string;
}

const MESSAGE_MAX = 4_000;
/** Names of ours in the text of an error, where a value should be. */
const unclear = /\[object Object\]|\bundefined\b|Cannot read propert|is not a function/;

export async function judged(seed: number, number: number, folder: string): Promise<Judged> {
  const draws = drawsOf(seed, number);
  const { name: target, read, errors = [] } = chosen(draws.below(total));
  try {
    await read(draws, folder);
    return { target, outcome: 'accepted' };
  } catch (error) {
    if (!(error instanceof Error)) return { target, outcome: 'odd', wrong: String(error) };
    const { name, message } = error;
    const known = errors.includes(name) || errors.includes(error.constructor.name);
    const code = error instanceof SamplerError ? error.code : known ? error.constructor.name : name;
    const wrong = problemWith(error, known);
    return { target, outcome: code, ...(wrong !== undefined && { wrong: `${wrong}: ${message}` }) };
  }
}

function problemWith(error: Error, known: boolean): string | undefined {
  const { name, message, stack = '' } = error;
  const place = /at .*/.exec(stack)?.[0] ?? '';
  if (!known && !(error instanceof SamplerError)) return `${name} ${place}`;
  if (error instanceof SamplerError && error.code === 'INTERNAL') {
    const { cause } = error;
    const where = cause instanceof Error ? /at .*/.exec(cause.stack ?? '')?.[0] : place;
    return `INTERNAL ${where}`;
  }
  if (message === '' || message.length > MESSAGE_MAX)
    return `a text of ${message.length} characters`;
  // what checks documents calls a field that is not there so
  const ours = message.replaceAll(/received undefined/g, '');
  return unclear.test(ours) ? 'an unclear text' : undefined;
}

const total = targets.reduce((sum, { weight }) => sum + weight, 0);

function chosen(draw: number): Target {
  let left = draw;
  const found = targets.find(({ weight }) => (left -= weight) < 0);
  if (!found) throw new Error('weights do not add up');
  return found;
}
