/**
 * `npm run test:deploy -- --write`: makes the files under deploy/ that are made from others. Without
 * `--write` it runs what `npm test` leaves out for its time (test/deploy/started.ts).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './generated.ts';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

if (values.write) {
  for (const [path, content] of generatedFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    process.stdout.write(`wrote ${path}\n`);
  }
}
