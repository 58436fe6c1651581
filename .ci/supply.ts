/**
 * `npm run supply`: what users install besides isochron, judged from the lockfile and the checkout,
 * without network: exact pins, hashes, floors of known holes, licences, install scripts, how many
 * packages, and that the CycloneDX list names them all. `--audit` also asks the registry.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bomOf } from './bom.ts';
import type { Manifest } from './published.ts';
import { output, root } from './run-program.ts';
import { problemsOfBom, problemsOfPins, problemsOfSupply, productionOf } from './supply-rules.ts';
import type { Lockfile } from './supply-rules.ts';

const { values } = parseArgs({ options: { audit: { type: 'boolean', default: false } } });

const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
const manifest = read('package.json') as Manifest;
const lockfile = read('package-lock.json') as Lockfile;
const carrier = lockfile.packages['.node24']?.optionalDependencies ?? {};

const production = productionOf(lockfile);
const found = [
  ...problemsOfPins(manifest, lockfile),
  ...problemsOfSupply(production, { ...lockfile, carried: Object.keys(carrier) }),
  ...problemsOfBom(production, bomOf(manifest, lockfile)),
];

if (values.audit) {
  // fails where it finds something, and where the registry answers no audits
  process.stdout.write(output('npm', ['audit', '--omit=dev']));
}
const licences = Object.groupBy(production, ({ license = 'none' }) => license);
const counted = Object.entries(licences).map(([name, of = []]) => `${name} ${of.length}`);
process.stdout.write(`${production.length} production packages: ${counted.join(', ')}\n`);
for (const line of found) process.stderr.write(`${line}\n`);
process.exitCode = found.length > 0 ? 1 : 0;
