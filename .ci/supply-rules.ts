/** What the packages of a lockfile must be; the reasons are in reliability and in the ADRs. */
import type { Bom, Manifest } from './published.ts';

export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  /** By path: '' is the project, 'node_modules/x' a package. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface Production extends LockedPackage {
  readonly name: string;
}

/** With what grpc-js, proto-loader, ONNX Runtime and pino bring. */
export const packagesMax = 80;

/** Permissive: neither the source of what uses them nor a notice at run time is asked for. */
const licences = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'CC0-1.0'];

/** One prints a notice about versions; one fetches a CUDA provider, which the CPU needs not. */
const withInstallScript = ['onnxruntime-node', 'protobufjs'];

/** Below these are published holes: CVE-2026-48068 and CVE-2026-44289 among them. */
const floors: Readonly<Record<string, string>> = {
  '@grpc/grpc-js': '1.14.5',
  protobufjs: '7.5.8',
};

/** HTTP/2 of Node, as cli/node-version.ts has it. */
const nodeFloor = '24.18.1';

export function productionOf({ packages }: Lockfile): Production[] {
  return Object.entries(packages)
    .filter(([path, locked]) => isProduction(path, locked))
    .map(([path, locked]) => ({ ...locked, name: nameAt(path) }));
}

export function isProduction(path: string, { dev, devOptional, link }: LockedPackage): boolean {
  return path.startsWith('node_modules/') && !(dev ?? devOptional ?? link ?? false);
}

export function problemsOfPins(manifest: Manifest, { packages }: Lockfile): string[] {
  const found: string[] = [];
  const { dependencies, devDependencies } = manifest;
  const ranges = { ...dependencies, ...(devDependencies as Record<string, string> | undefined) };
  for (const [name, range] of Object.entries(ranges)) {
    if (/^(\d+\.\d+\.\d+$|file:)/.test(range)) continue;
    found.push(`${name}: found the range ${range}, expected one version`);
  }
  for (const [path, { link, inBundle, integrity }] of Object.entries(packages)) {
    // a bundled package is under the hash of the one that brings it
    const hashed = integrity !== undefined || inBundle === true || link === true;
    if (hashed || !path.startsWith('node_modules/')) continue;
    found.push(`${nameAt(path)}: no hash in the lockfile`);
  }
  return found;
}

export function problemsOfSupply(
  production: readonly Production[],
  { packages, carried }: Lockfile & { readonly carried: readonly string[] },
): string[] {
  const found: string[] = [];
  if (production.length > packagesMax)
    found.push(`${production.length} production packages, at most ${packagesMax}`);
  for (const { name, version = '', license = '', hasInstallScript } of production) {
    if (!mayBeUsed(license))
      found.push(`${name}: licence "${license}", expected one of ${licences.join(', ')}`);
    if (hasInstallScript === true && !withInstallScript.includes(name))
      found.push(`${name}: has an install script; only ${withInstallScript.join(', ')} may`);
    const floor = floors[name];
    if (floor !== undefined && isBelow(version, floor))
      found.push(`${name}: found ${version}, expected at least ${floor}`);
  }
  for (const name of Object.keys(floors)) {
    if (!production.some((found) => found.name === name))
      found.push(`${name}: has a floor and is not installed; take it out of the floors`);
  }
  for (const name of carried) {
    const version = packages[`node_modules/${name}`]?.version ?? '0.0.0';
    if (isBelow(version, nodeFloor))
      found.push(`${name}: found ${version}, expected at least ${nodeFloor}`);
  }
  return found;
}

export function problemsOfBom(production: readonly Production[], bom: Bom): string[] {
  if (bom.bomFormat !== 'CycloneDX') return [`the list of packages is ${bom.bomFormat}`];
  const named = ({ name, version = '' }: { name: string; version?: string }): string =>
    `${name}@${version}`;
  const listed = new Set(bom.components.map(named));
  const installed = new Set(production.map(named));
  return [
    ...[...installed].filter((name) => !listed.has(name)).map((name) => `${name}: not in the list`),
    ...[...listed]
      .filter((name) => !installed.has(name))
      .map((name) => `${name}: in the list, and nobody installs it`),
  ];
}

/** A licence, or a choice of which one will do. */
function mayBeUsed(expression: string): boolean {
  const choices = expression.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => licences.includes(choice));
}

function nameAt(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function isBelow(version: string, floor: string): boolean {
  const found = version.split(/[.-]/).map(Number);
  for (const [place, least] of floor.split('.').map(Number).entries()) {
    const number = found[place] ?? 0;
    if (number !== least) return number < least;
  }
  return false;
}
