/**
 * What a user would install, checked before anyone does: packs as `npm pack` does, looks at the
 * files and the manifest of the tarball, and lets publint and arethetypeswrong read it as bundlers
 * and TypeScript do.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packInto, type Packed } from './packed.ts';
import type { Manifest } from './published.ts';
import { output } from './run-program.ts';

// GitHub and most registries take more; a package this size means somebody packed a large model.
const packedBytesMax = 40 * 1024 * 1024;
/** Users read examples and run the exporter; the rest of what is not JavaScript is ours. */
const notForUsers = /(^|\/)(test|(?<!cli\/)bench|\.ci|\.node24|\.venv|__pycache__)\//;

function entryPoints(manifest: Manifest): string[] {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return [...Object.values(manifest.bin), ...targets].map((path) => path.replace(/^\.\//, ''));
}

function wrongFiles({ size, files }: Packed, manifest: Manifest): string[] {
  const found: string[] = [];
  const paths = new Set(files.map((file) => file.path));
  for (const path of entryPoints(manifest)) {
    if (!paths.has(path)) found.push(`${path}: an entry point of package.json that is not packed`);
  }
  for (const path of paths) {
    const source = /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
    const example = path.startsWith('docs/examples/');
    if (source && !example) found.push(`${path}: Node runs no TypeScript under node_modules`);
    if (notForUsers.test(path)) found.push(`${path}: not for users`);
  }
  if (!paths.has('sbom.cdx.json')) found.push('sbom.cdx.json: the list of packages is not packed');
  if (![...paths].some((path) => path.endsWith('.proto'))) found.push('no .proto file is packed');
  for (const kind of ['index.html', 'assets/*.js', 'assets/*.css']) {
    const there = [...paths].some((path) => matchesGlob(path, `dist/dashboard/${kind}`));
    if (!there) found.push(`dist/dashboard/${kind}: the built dashboard is not packed`);
  }
  if (size > packedBytesMax) found.push(`${size} bytes packed, at most ${packedBytesMax}`);
  return found;
}

function wrongManifest(unpacked: string, manifest: Manifest): string[] {
  const found: string[] = [];
  for (const field of ['devDependencies', 'optionalDependencies', 'scripts']) {
    if (field in manifest) found.push(`package.json: ${field} is for checkouts, not for users`);
  }
  for (const path of Object.values(manifest.bin)) {
    const file = join(unpacked, path);
    const [firstLine] = readFileSync(file, 'utf8').split('\n', 1);
    if (firstLine !== '#!/usr/bin/env node') found.push(`${path}: no #!/usr/bin/env node`);
  }
  return found;
}

async function publintComplaints(tarball: Buffer): Promise<string[]> {
  const bytes = Uint8Array.from(tarball).buffer;
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: bytes } });
  return messages
    .filter((message) => message.type !== 'suggestion')
    .map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

/** Only of ES modules: who wants `require` has it from the Node 24 that isochron needs anyway. */
function wrongTypes(file: string): string[] {
  try {
    output('attw', [file, '--profile', 'esm-only', '--no-emoji', '--no-color']);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

const folder = mkdtempSync(join(tmpdir(), 'isochron-pack-'));
try {
  const packed = packInto(folder);
  output('tar', ['xzf', packed.file, '-C', folder]);
  const unpacked = join(folder, 'package');
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Manifest;
  const found = [
    ...wrongFiles(packed, manifest),
    ...wrongManifest(unpacked, manifest),
    ...(await publintComplaints(readFileSync(packed.file))),
    ...wrongTypes(packed.file),
  ];
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const { size, unpackedSize, files } = packed;
  process.stdout.write(
    `${files.length} files, ${mebibytes(size)}, unpacked ${mebibytes(unpackedSize)}\n`,
  );
  for (const line of found) process.stderr.write(`${line}\n`);
  process.exitCode = found.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
