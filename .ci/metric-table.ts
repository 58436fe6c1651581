/**
 * The table of docs/METRICS.md, made from the definitions: `node .ci/metric-table.ts` writes it,
 * test/coordinator/metrics/documents.test.ts demands that it is there.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definitions } from '../coordinator/shell/metrics/definitions.ts';

const [begin, end] = ['<!-- made by .ci/metric-table.ts -->\n', '<!-- end -->\n'];

function metricTable(): string {
  const rows = Object.values(definitions).map(({ name, type, labels, help, use }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${named} | ${help} | ${use} |\n`;
  });
  const head = '| name | type | labels | what it says | what for |\n|---|---|---|---|---|\n';
  return `\n${head}${rows.join('')}\n`;
}

/** The document with the table as it should be. */
export function withMetricTable(document: string): string {
  const [before, rest] = [document.split(begin)[0], document.split(end)[1]];
  if (before === undefined || rest === undefined) throw new Error('METRICS.md has no place for it');
  return `${before}${begin}${metricTable()}${end}${rest}`;
}

if (import.meta.main) {
  const file = join(import.meta.dirname, '..', 'docs', 'METRICS.md');
  await writeFile(file, withMetricTable(await readFile(file, 'utf8')));
}
