import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { assert } from '../kernel/assert.ts';

/**
 * The folder of this package: the nearest one above this file with a package.json. The search is
 * the same from a checkout and from `dist/`, and does not depend on the working directory.
 */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    assert(above !== folder, `no package.json above ${import.meta.dirname}`);
    folder = above;
  }
  return folder;
}

let version: string | undefined;

export function packageVersion(): string {
  if (version !== undefined) return version;
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  ({ version } = manifest as { version: string });
  return version;
}
