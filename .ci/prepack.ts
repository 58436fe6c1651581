/**
 * Before `npm pack` and `npm publish`: builds `dist`, lists the packages that users get
 * (`sbom.cdx.json`), and puts the manifest that is published in place of the checkout's, which
 * `.ci/postpack.ts` puts back. npm reads package.json again after this.
 */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bomOf } from './bom.ts';
import { bomFile, checkoutManifest, restoreCheckout } from './postpack.ts';
import { publishedManifest, type Manifest } from './published.ts';
import { output } from './run-program.ts';
import type { Lockfile } from './supply-rules.ts';

const here = dirname(import.meta.dirname);
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

restoreCheckout(here);
rmSync(join(here, 'dist'), { recursive: true, force: true });
output('npm', ['run', 'build'], { cwd: here });

const manifestFile = join(here, 'package.json');
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
const lockfile = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')) as Lockfile;
writeFileSync(join(here, bomFile), json(bomOf(manifest, lockfile)));
copyFileSync(manifestFile, join(here, checkoutManifest));
writeFileSync(manifestFile, json(publishedManifest(manifest)));
