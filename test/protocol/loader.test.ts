import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { countingService, loadPackage, loaderOptions } from '../../shared/protocol/loader.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';

it('says the same as the generated types', () => {
  const source = readFileSync(join(packageRoot(), 'proto/generate.ts'), 'utf8');
  const flags = [...source.matchAll(/^ {2}'--([a-zA-Z]+)(?:=([A-Za-z]+))?',$/gm)];
  const said = new Map(flags.map(([, name, value]) => [name, value ?? 'true']));
  expect(said.get('longs')).toBe(loaderOptions.longs.name);
  expect(said.get('enums')).toBe(loaderOptions.enums.name);
  expect(said.get('defaults')).toBe(String(loaderOptions.defaults));
  expect(said.get('oneofs')).toBe(String(loaderOptions.oneofs));
  expect(said.has('keepCase')).toBe(loaderOptions.keepCase);
});

it('loads from any working directory', () => {
  expect(Object.keys(loadPackage().Fleet.service)).toEqual(['Control', 'Data']);
  expect(Object.keys(loadPackage().Sampler.service)).toContain('Submit');
});

it('counts the bytes of every message in both directions', () => {
  const seen: [string, object, number][] = [];
  const { Data } = countingService(loadPackage().Fleet.service, (...event) => seen.push(event));
  const message = { orders: [{ closeJob: { job: 'some job' } }] };
  const bytes = Data.responseSerialize(message);
  const back = Data.responseDeserialize(bytes);
  expect(back.orders[0]?.closeJob).toEqual({ job: 'some job' });
  expect(seen).toEqual([
    ['serialized', message, bytes.length],
    ['deserialized', back, bytes.length],
  ]);
});
