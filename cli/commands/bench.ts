import type { Command } from 'commander';

import { registerBenchFrontier } from './bench-frontier.ts';
import { registerBenchRounds } from './bench-rounds.ts';
import { registerBenchSamples } from './bench-samples.ts';
import { registerBenchScaling } from './bench-scaling.ts';
import { registerBenchSpeedup } from './bench-speedup.ts';
import type { Context } from './command.ts';

export function registerBench(program: Command, context: Context): void {
  const bench = program
    .command('bench')
    .description('measurements: a table, --json FILE, and plots as SVG and PNG')
    // A command of its own inherits neither: without, help would end the process.
    .copyInheritedSettings(program);
  registerBenchRounds(bench, context);
  registerBenchSpeedup(bench, context);
  registerBenchFrontier(bench, context);
  registerBenchScaling(bench, context);
  registerBenchSamples(bench, context);
}
