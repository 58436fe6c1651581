/**
 * Every gate but the tests, in the order in which a mistake is cheapest to read. All of them run,
 * even after a failure; the last line is `check: N passed, N failed`. One gate alone:
 * `npm run check -- tsc`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const bin = join(root, 'node_modules', '.bin');

const code = [
  'shared',
  'coordinator',
  'worker',
  'cli',
  'dashboard',
  'proto',
  'test',
  'bench',
  'docs',
  '.ci',
]
  .filter((folder) => existsSync(join(root, folder)))
  .join(' ');

const gates: Record<string, string> = {
  'proto types': 'node proto/generate.ts --check',
  'reference pages': 'node docs/generate/main.ts --check',
  prettier: 'prettier --check --log-level warn .',
  eslint: 'eslint --max-warnings 0 .',
  tsc: 'tsc',
  'tsc pure': 'tsc -p tsconfig.pure.json',
  'tsc dashboard': 'tsc -p dashboard',
  depcruise: `depcruise --output-type err-long ${code}`,
  knip: 'knip --no-progress',
  supply: 'node .ci/supply.ts',
  pack: 'node .ci/pack.ts',
};

const only = process.argv.slice(2);
const chosen = Object.entries(gates).filter(([name]) => only.length === 0 || only.includes(name));
if (chosen.length === 0)
  throw new Error(`no such gate; there are: ${Object.keys(gates).join(', ')}`);

let failed = 0;
for (const [name, command] of chosen) {
  const start = performance.now();
  // The locked tools come first on the PATH also when this file is run without npm.
  const run = spawnSync(command, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const passed = run.status === 0;
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (passed) continue;
  failed += 1;
  process.stdout.write(`$ ${command}\n${run.stdout}${run.stderr}\n`);
}

process.stdout.write(`check: ${chosen.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
