/** The list of packages that users install, as CycloneDX. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishedManifest, reproducibleBom, type Bom, type Manifest } from './published.ts';
import { output } from './run-program.ts';
import { isProduction, type Lockfile } from './supply-rules.ts';

/**
 * By `npm sbom`, of a project that has no development packages: with `--omit=dev` npm 11 also
 * leaves out what is there for both, such as zod (measured: 22 of 80).
 */
export function bomOf(manifest: Manifest, lockfile: Lockfile): Bom {
  const scratch = mkdtempSync(join(tmpdir(), 'isochron-bom-'));
  // npm takes the name of what the list is about from the folder
  const folder = join(scratch, manifest.name);
  mkdirSync(folder);
  try {
    const { '': project = {}, ...packages } = lockfile.packages;
    const { devDependencies: _dev, ...users } = project as Record<string, unknown>;
    const production = Object.entries(packages).filter(([path, at]) => isProduction(path, at));
    const lock = { ...lockfile, packages: { '': users, ...Object.fromEntries(production) } };
    const published = publishedManifest(manifest);
    writeFileSync(join(folder, 'package.json'), JSON.stringify(published));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const sbom = [
      'sbom',
      '--package-lock-only',
      '--sbom-format=cyclonedx',
      '--sbom-type=application',
    ];
    return reproducibleBom(JSON.parse(output('npm', sbom, { cwd: folder })) as Bom);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
