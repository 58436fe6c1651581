import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedManifest, reproducibleBom, type Manifest } from '../../.ci/published.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';

const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as Manifest;

describe('the published manifest', () => {
  it('has what users need and nothing of the checkout', () => {
    const published = publishedManifest(manifest);
    const { name, version, type, engines, bin, files, dependencies } = manifest;
    expect(published).toMatchObject({
      name,
      version,
      type,
      engines,
      bin,
      files,
      dependencies,
    });
    expect(Object.keys(published)).not.toContain('devDependencies');
    expect(Object.keys(published)).not.toContain('scripts');
    expect(JSON.stringify(published)).not.toMatch(/node24|file:|checkout|client\.ts"/);
  });
});

describe('the list of packages', () => {
  it('is the same for the same packages', () => {
    const at = (timestamp: string, serialNumber: string) =>
      reproducibleBom({
        bomFormat: 'CycloneDX',
        serialNumber,
        metadata: { timestamp, component: { name: 'isochron' } },
        components: [{ name: 'a', version: '1.0.0' }],
      });
    expect(at('2026-01-01', 'urn:uuid:1')).toEqual(at('2026-02-02', 'urn:uuid:2'));
    expect(at('2026-01-01', 'urn:uuid:1')['metadata']).toEqual({ component: { name: 'isochron' } });
  });
});
