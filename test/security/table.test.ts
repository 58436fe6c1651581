import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { authorizationTable, begin, end } from './table.ts';

const path = join(packageRoot(), 'docs', 'SECURITY.md');

it('docs/SECURITY.md has the rules that are in force', () => {
  const text = readFileSync(path, 'utf8');
  const [first, last] = [text.indexOf(begin), text.indexOf(end)];
  const found = text.slice(first, last + end.length);
  const expected = authorizationTable();
  if (process.env['UPDATE'] === '1')
    writeFileSync(
      path,
      text.replace(found, () => expected),
    );
  else expect(found).toBe(expected);
});
