import { basename } from 'node:path';
import type { Violation } from './source.ts';

const field =
  /^(?:repeated |optional |required )?(?:map\s*<[^>]+>|[\w.]+)\s+(\w+)\s*=\s*\d+\s*[;[]/;
const call = /^rpc\s+(\w+)/;

/** Fields and calls without a comment of their own: on the line above or at the end of the line. */
export function undocumentedFields(path: string, text: string): Violation[] {
  const found: Violation[] = [];
  let kind = '';
  let above = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    kind = /^(message|enum|service|oneof)\b/.exec(line)?.[1] ?? kind;
    const name = (kind === 'enum' ? null : field.exec(line))?.[1] ?? call.exec(line)?.[1];
    const documented = /^(\/\/|\/\*|\*)/.test(above) || /\/\/\s*\S/.test(line);
    if (name !== undefined && !documented) {
      const instead = 'say what it means and in which unit, in a comment above it';
      found.push({ path, line: index + 1, what: `${name} has no comment`, instead });
    }
    if (line === '}') kind = '';
    above = line;
  }
  return found;
}

/** Decision records nobody can find from the architecture page. */
export function unlinkedRecords(records: string[], architecture: string): Violation[] {
  const lost = records.filter((path) => !architecture.includes(`adr/${basename(path)}`));
  return lost.map((path) => ({
    path,
    line: 1,
    what: 'not linked from docs/ARCHITECTURE.md',
    instead: 'link it where the decision shows',
  }));
}
