/** Options that every measurement has. */
import type { Command } from 'commander';
import { Option } from 'commander';

import { modelsOption, number } from '../arguments.ts';
import type { OutputOptions } from '../bench/files.ts';

export interface BenchOptions extends OutputOptions {
  readonly model: string;
  readonly models: string;
  readonly guidance: number;
}

export function addBenchOptions(command: Command): Command {
  return command
    .option('--model <name>', 'model', 'fashion-unet')
    .addOption(modelsOption())
    .option('--guidance <weight>', 'classifier-free guidance', number, 1)
    .option('--json <file>', 'write the figures there')
    .option('--plots <dir>', 'write the plots there, as SVG and PNG');
}

/** A list given as text, with a default that help shows as it would be typed. */
export function listOption<Item>(
  flags: string,
  description: string,
  parse: (text: string) => Item[],
  standard?: string,
): Option {
  const option = new Option(flags, description).argParser(parse);
  return standard === undefined ? option : option.default(parse(standard), standard);
}

export function toleranceOption(): Option {
  const what = 'RMS deviation from the sequential sample (default: 0.01)';
  return new Option('--tolerance <x>', what).argParser(number);
}
