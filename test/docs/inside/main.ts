/**
 * Runs one group of blocks; started by ../main.ts inside a network of its own, so that the default
 * ports of the documents are free. The group comes on standard input, each result is a line.
 */
import { readFileSync } from 'node:fs';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { runGroup } from '../execute.ts';
import type { Group } from '../groups.ts';

const group = JSON.parse(readFileSync(0, 'utf8')) as Group;
await runGroup(group, packageRoot(), (result) => {
  process.stdout.write(`${JSON.stringify(result)}\n`);
});
