/**
 * Writes the TypeScript types of our protos into proto/generated, or with `--check` compares them
 * with what is committed there. Run as `npm run generate` and `npm run generate:check`.
 *
 * The flags must say the same as the loader options in shared/protocol/loader.ts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const protoFolder = import.meta.dirname;
const committed = join(protoFolder, 'generated');

const flags = [
  '--importFileExtension=.ts',
  '--longs=Number',
  '--enums=String',
  '--defaults',
  '--oneofs',
  '--grpcLib=@grpc/grpc-js',
];

function protoFiles(): string[] {
  return globSync('{isochron/*,inference}/*.proto', { cwd: protoFolder }).sort();
}

function generateInto(folder: string): void {
  const files = protoFiles();
  if (files.length === 0) return;
  const loader = createRequire(import.meta.url).resolve('@grpc/proto-loader/package.json');
  const program = join(dirname(loader), 'build/bin/proto-loader-gen-types.js');
  const argv = [program, ...flags, `--includeDirs=.`, `--outDir=${folder}`, ...files];
  const run = spawnSync(process.execPath, argv, { cwd: protoFolder, encoding: 'utf8' });
  if (run.status !== 0)
    throw new Error(`proto-loader-gen-types failed:\n${run.stdout}${run.stderr}`);
}

function filesUnder(folder: string): Map<string, string> {
  const names = existsSync(folder) ? globSync('**/*.ts', { cwd: folder }).sort() : [];
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The files that differ between the committed types and freshly generated ones. */
function drift(): string[] {
  const fresh = mkdtempSync(join(tmpdir(), 'isochron-types-'));
  try {
    generateInto(fresh);
    const want = filesUnder(fresh);
    const have = filesUnder(committed);
    const names = new Set([...want.keys(), ...have.keys()]);
    return [...names].filter((name) => want.get(name) !== have.get(name)).sort();
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

if (process.argv.includes('--check')) {
  const stale = drift();
  for (const name of stale)
    process.stderr.write(`proto/generated/${name} is not what the protos say\n`);
  if (stale.length > 0) process.stderr.write('Run `npm run generate` and commit the result.\n');
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  rmSync(committed, { recursive: true, force: true });
  generateInto(committed);
  process.stdout.write(`${filesUnder(committed).size} files in proto/generated\n`);
}
