/**
 * `npm run test:deploy`: starts coordinators and workers with the arguments of every values file
 * and example. With `--write` it makes the files under deploy/ that are made from others instead.
 * What needs no processes is in chart.test.ts and files.test.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated.ts';
import { startAll } from './started.ts';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.write) {
  for (const [path, content] of generatedFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    say(`wrote ${path}`);
  }
} else {
  const problems = await startAll(say);
  for (const problem of problems) say(problem);
  if (problems.length > 0) process.exitCode = 5;
}
