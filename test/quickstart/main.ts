/**
 * `npm run test:quickstart`: what a new user does in an empty folder with nothing but node and npm.
 * Packs isochron, runs the commands of the README's quickstart on the machine's own Node and on
 * Node 24 (`--node DIR`: a folder with another one), and looks for a picture. Takes packages from
 * the registry.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packInto } from '../../.ci/packed.ts';
import { renderTable } from '../../cli/output/table.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { tryExamples } from './examples.ts';
import { NewUser } from './new-user.ts';
import { packagesMax } from '../../.ci/supply-rules.ts';

const SECONDS_MAX = 300;

const { values } = parseArgs({
  options: { node: { type: 'string', multiple: true, default: ['own', 'locked'] } },
});

/** The code blocks of a section of the README, one command a line. */
function commandsOf(section: string): string[][] {
  const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
  const [, text = ''] = new RegExp(`^## ${section}\\n(.*?)^## `, 'ms').exec(readme) ?? [];
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.map((block) => block.trim().split('\n'));
}

const [commands = [], olderNode = []] = commandsOf('Quickstart');
if (commands.length === 0) throw new Error('README.md has no commands under "Quickstart"');

const scratch = mkdtempSync(join(tmpdir(), 'isochron-quickstart-'));
const rows: string[][] = [];
const problems: string[] = [];
try {
  const packed = packInto(scratch);
  for (const node of values.node) {
    const user = new NewUser(mkdtempSync(join(scratch, 'user-')), node, packed.file);
    const version = user.nodeVersion();
    const said = user.quickstart(commands, olderNode);
    const found = user.findings();
    await tryExamples(user);
    const { commands: typed, seconds } = said;
    rows.push([version, String(typed), seconds.toFixed(1), String(found.packages), found.audit]);
    if (!said.picture) problems.push(`Node ${version}: no picture`);
    if (seconds > SECONDS_MAX)
      problems.push(`Node ${version}: ${seconds} s, at most ${SECONDS_MAX}`);
    if (found.packages > packagesMax)
      problems.push(`${found.packages} packages, at most ${packagesMax}`);
    if (found.listed !== found.different)
      problems.push(`npm sbom lists ${found.listed} packages of ${found.different}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const head = ['node', 'commands', 'seconds', 'packages', 'audit'];
process.stdout.write(
  `${renderTable(
    head.map((title) => ({ title })),
    rows,
  )}\n`,
);
for (const line of problems) process.stderr.write(`${line}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
