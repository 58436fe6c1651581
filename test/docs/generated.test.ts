/** Generated pictures and tables are what their sources make; quoted errors are in the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated } from '../../docs/generate/pictures/generated.ts';
import { limitsTable } from '../../docs/generate/pictures/limits-table.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { filesMatching, root } from '../tidy/source.ts';
import { quotedErrors, unknownErrors } from './error-texts.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('generated documents', () => {
  it.each(generated)('docs/%s: node docs/generate/pictures/main.ts', (path, make) => {
    const found = read(join('docs', path));
    expect(make(found)).toBe(found);
  });

  it('explain every limit', () => {
    const rows = limitsTable().split('\n').slice(2);
    expect(rows).toHaveLength(Object.keys(limits).length);
    expect(rows.filter((row) => / \| {2}\|$/.test(row))).toEqual([]);
  });
});

describe('errors that docs/OPERATIONS.md quotes', () => {
  const sources = filesMatching(['{shared,coordinator,worker,cli}/**/*.ts']).map(read);

  it('are said by the program', () => {
    const quoted = quotedErrors(read('docs/OPERATIONS.md'));
    expect(quoted.length).toBeGreaterThan(15);
    expect(unknownErrors(quoted, sources)).toEqual([]);
  });

  it('are found missing where they are', () => {
    const page =
      '## Troubleshooting\n\n| `cannot find the … of …` | a | b |\n| `found … b` | c | d |\n';
    const source = "throw new Error(`cannot find ` +\n  'the ' + x); f(`found ${a} b`);";
    expect(unknownErrors(quotedErrors(page), [source])).toEqual(['cannot find the … of …']);
  });
});
