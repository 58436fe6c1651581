/**
 * What is generated in the documents: the pictures, and the table of limits.
 *
 *   node docs/generate/pictures/main.ts            writes them
 *
 * test/docs/generated.test.ts fails where a file is not what this makes of its sources.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generated } from './generated.ts';

for (const [path, make] of generated) {
  const file = join(import.meta.dirname, '..', '..', path);
  const before = path.endsWith('.md') ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, make(before));
}
