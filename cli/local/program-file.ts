import { join } from 'node:path';

/** What a child process runs: main.ts in a checkout, main.js in the published package. */
export function programFile(): string {
  const name = import.meta.filename.endsWith('.ts') ? 'main.ts' : 'main.js';
  return join(import.meta.dirname, '..', name);
}
