/** Folders and environment of the blocks of one group: nothing of the user's is read or written. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from './marker.ts';

export interface Sandbox {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** A new folder to run blocks in. */
  folder(place: Place): string;
}

/** @param repository the folder of the checkout */
export function makeSandbox(repository: string): Sandbox {
  const root = mkdtempSync(join(tmpdir(), 'isochron-docs-'));
  const bin = join(root, 'bin');
  for (const name of ['bin', 'home', 'run', 'work']) mkdirSync(join(root, name), { mode: 0o700 });
  const program = join(bin, 'isochron');
  writeFileSync(program, `#!/bin/sh\nexec node '${repository}/cli/main.ts' "$@"\n`);
  chmodSync(program, 0o755);
  let count = 0;
  return {
    root,
    env: environment(root, bin),
    folder: (place) => {
      count += 1;
      const folder = join(root, 'work', String(count));
      makeFolder(folder, place, repository);
      return folder;
    },
  };
}

function environment(root: string, bin: string): NodeJS.ProcessEnv {
  const path = [bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const kept = Object.entries(process.env).filter(([name]) => !/^(ISOCHRON|npm_|XDG_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: path,
    HOME: join(root, 'home'),
    XDG_RUNTIME_DIR: join(root, 'run'),
    npm_config_cache: process.env['npm_config_cache'] ?? join(homedir(), '.npm'),
    npm_config_update_notifier: 'false',
  };
}

function makeFolder(folder: string, place: Place, repository: string): void {
  if (place === 'clone') {
    execFileSync('git', ['clone', '--quiet', repository, folder]);
    return;
  }
  mkdirSync(folder);
  if (place === 'checkout') linkCheckout(folder, repository);
  else linkPackage(folder, repository);
}

/** A checkout to write into: what is tracked is linked, what a command makes is the sandbox's. */
function linkCheckout(folder: string, repository: string): void {
  const tracked = execFileSync('git', ['ls-tree', '--name-only', 'HEAD'], { cwd: repository });
  const names = new Set([...tracked.toString('utf8').trim().split('\n'), 'node_modules']);
  for (const name of names) {
    // npm takes the folder of this file for the root of everything.
    if (name === 'package.json') cpSync(join(repository, name), join(folder, name));
    else symlinkSync(join(repository, name), join(folder, name));
  }
}

/** `import ... from 'isochron/client'` finds the sources, as it finds the installed package. */
function linkPackage(folder: string, repository: string): void {
  const home = join(folder, 'node_modules', 'isochron');
  mkdirSync(home, { recursive: true });
  const client = pathToFileURL(join(repository, 'cli', 'client.ts')).href;
  const manifest = { name: 'isochron', type: 'module', exports: { './client': './client.js' } };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(home, 'client.js'), `export * from '${client}';\n`);
  // `npx isochron` finds what an installed package would have put there.
  const binaries = join(folder, 'node_modules', '.bin');
  mkdirSync(binaries);
  symlinkSync(join(folder, '..', '..', 'bin', 'isochron'), join(binaries, 'isochron'));
  // Programs of the documents are modules.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
}
