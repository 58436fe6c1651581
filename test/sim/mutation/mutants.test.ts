import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { mutants } from './mutants.ts';

it.each(mutants)('the line of the mutant "$name" is there, once', async ({ file, from, to }) => {
  const source = await readFile(join(packageRoot(), file), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});
