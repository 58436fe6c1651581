/**
 * `npm run sec`: the denial matrix, printed. Every call x everything that may be wrong with its
 * caller; exits with 1 where somebody was let in, or refused with another code.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Row } from './matrix.ts';
import { playTls, playTokens } from './stage.ts';

function summaryOf(rows: readonly Row[]): string {
  const columns = [...new Set(rows.map(({ column }) => column))];
  return columns
    .map((column) => {
      const own = rows.filter((row) => row.column === column);
      const passed = own.filter((row) => row.passed).length;
      const codes = [...new Set(own.map(({ found }) => found.code))].sort().join(', ');
      return `${column.padEnd(44)} ${passed} of ${own.length}   ${codes}`;
    })
    .join('\n');
}

const folder = await mkdtemp(join(tmpdir(), 'isochron-sec-'));
process.env['ISOCHRON_CONFIG'] = join(folder, 'config');
try {
  const log = pino({ level: 'silent' });
  const tokens = await playTokens(join(folder, 'tokens'), log);
  const tls = await playTls(join(folder, 'tls'), log);
  const rows = [...tokens, ...tls];
  const wrong = rows.filter(({ passed }) => !passed);
  process.stdout.write(`${summaryOf(tokens)}\n\n${summaryOf(tls)}\n\n`);
  for (const { call, column, expected, found } of wrong) {
    const text = `${call}, ${column}: expected ${expected}, found ${found.code} ${found.details}`;
    process.stdout.write(`${text}\n`);
  }
  process.stdout.write(`${rows.length} cases, ${wrong.length} wrong\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
