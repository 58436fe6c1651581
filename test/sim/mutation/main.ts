/**
 * `npm run sim:mutants`: plants each bug in a copy of the sources and lets the simulation look for
 * it. Exit code 1 if one is not found.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    /** Only the mutants whose names contain it. */
    only: { type: 'string', default: '' },
  },
});
const root = join(import.meta.dirname, '../../..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function copyOfSources(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'isochron-mutants-'));
  for (const folder of ['shared', 'coordinator', 'worker', 'proto', 'test/sim', 'test/support']) {
    await cp(join(root, folder), join(copy, folder), { recursive: true });
  }
  await cp(join(root, 'package.json'), join(copy, 'package.json'));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** What the simulation said first; undefined where it found nothing. */
async function hunt(copy: string, { name, file, from, to }: Mutant): Promise<string | undefined> {
  const path = join(copy, file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2) {
    throw new Error(`mutant "${name}": its text must occur once in ${file}; write it anew`);
  }
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  try {
    const args = ['test/sim/main.ts', '--seeds', values.seeds, '--stop'];
    await promisify(execFile)(process.execPath, args, { cwd: copy });
    return undefined;
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    const found = stdout.split('\n').find((line) => line.startsWith('seed '));
    if (found === undefined) throw error;
    return found;
  } finally {
    await writeFile(path, source);
  }
}

const chosen = mutants.filter(({ name }) => name.includes(values.only));
const copy = await copyOfSources();
let missed = 0;
try {
  for (const mutant of chosen) {
    const found = await hunt(copy, mutant);
    if (found === undefined) missed++;
    say(`${found === undefined ? 'MISSED' : 'found '} ${mutant.name}${found ? `: ${found}` : ''}`);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
say(`${chosen.length - missed} of ${chosen.length} planted bugs found in ${values.seeds} seeds`);
process.exitCode = missed === 0 ? 0 : 1;
