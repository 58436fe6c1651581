/**
 * What a user would install, checked before anyone does: builds dist, packs it in a dry run, looks
 * at the files and the manifest, and lets publint read the entry points the way bundlers do.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = dirname(import.meta.dirname);
// GitHub and most registries take more; a package this size means somebody packed a large model.
const packedBytesMax = 40 * 1024 * 1024;

interface Packed {
  size: number;
  files: { path: string }[];
}

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
}

function run(program: string, argv: string[]): string {
  const done = spawnSync(program, argv, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return done.stdout;
  process.stderr.write(`${program} ${argv.join(' ')} failed\n${done.stdout}${done.stderr}`);
  process.exit(1);
}

/** npm 11 prints a list of one; npm 12 prints an object keyed by package name. */
function packed(): Packed {
  const answer = JSON.parse(run('npm', ['pack', '--dry-run', '--json'])) as
    Packed[] | Record<string, Packed>;
  const first = Object.values(answer)[0];
  if (first === undefined) throw new Error('npm pack named no package');
  return first;
}

function entryPoints(manifest: Manifest): string[] {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return [...Object.values(manifest.bin), ...targets].map((path) => path.replace(/^\.\//, ''));
}

function complaints({ size, files }: Packed): string[] {
  const found: string[] = [];
  const paths = new Set(files.map((file) => file.path));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

  for (const path of entryPoints(manifest)) {
    if (!paths.has(path)) found.push(`${path}: an entry point of package.json that is not packed`);
  }
  for (const path of Object.values(manifest.bin)) {
    const file = join(root, path);
    const firstLine = existsSync(file) ? readFileSync(file, 'utf8').split('\n', 1)[0] : '';
    if (firstLine !== '#!/usr/bin/env node')
      found.push(`${path}: must start with #!/usr/bin/env node`);
  }
  for (const path of paths) {
    const source = /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
    if (source) found.push(`${path}: Node does not run TypeScript under node_modules`);
    // cli/bench is a command
    if (/(^|\/)(test|(?<!cli\/)bench|\.ci|\.node24)\//.test(path))
      found.push(`${path}: not for users`);
  }
  if (![...paths].some((path) => path.endsWith('.proto'))) found.push('no .proto file is packed');
  if (size > packedBytesMax) found.push(`${size} bytes packed, at most ${packedBytesMax}`);
  return found;
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json']);
const found = complaints(packed());
const { messages, pkg } = await publint({ pkgDir: root, strict: true, pack: 'npm' });
for (const message of messages) {
  if (message.type === 'suggestion') continue;
  found.push(formatMessage(message, pkg, { color: false }) ?? message.code);
}
for (const line of found) process.stderr.write(`${line}\n`);
process.exitCode = found.length > 0 ? 1 : 0;
