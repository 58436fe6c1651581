import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { PROFILE_POINTS } from '../../../shared/kernel/convergence.ts';
import { readConvergence } from '../../../worker/backend/convergence.ts';

const sha256 = 'ab'.repeat(32);
const profile = Array.from({ length: PROFILE_POINTS }, (_, p) => p);
const entry = {
  method: 'secant',
  solver: 'ddim',
  steps: 50,
  window: 8,
  guided: false,
  rounds: 14.5,
  calls: 99,
  frontier: profile,
  rows: profile,
  seeds: 4,
};
const file = {
  modelSha256: sha256,
  tolerance: 0.01,
  toleranceSlope: 0.2,
  samplesSlope: 0.1,
  entries: [entry],
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-convergence-'));
});

afterEach(() => rm(folder, { recursive: true }));

function write(document: unknown): Promise<void> {
  return writeFile(join(folder, 'convergence.json'), JSON.stringify(document));
}

it('is read beside its model', async () => {
  await write(file);
  const table = await readConvergence(folder, sha256);
  expect(table).toMatchObject({ tolerance: 0.01, toleranceSlope: 0.2, samplesSlope: 0.1 });
  expect(table?.entries).toEqual([entry]);
});

it('is none where there is no file, or one of another model', async () => {
  expect(await readConvergence(folder, sha256)).toBeUndefined();
  await write({ ...file, modelSha256: 'cd'.repeat(32) });
  expect(await readConvergence(folder, sha256)).toBeUndefined();
});

it.each([
  ['no table', 'no table'],
  ['an unknown field', { ...file, colour: 'red' }],
  ['no entries', { ...file, entries: [] }],
  ['a profile of another length', { ...file, entries: [{ ...entry, rows: [1] }] }],
])('with %s is refused with the path and what to do', async (_what, document) => {
  await write(document);
  await expect(readConvergence(folder, sha256)).rejects.toThrow(
    /convergence\.json: found .*, expected a table of measured convergence; write it anew/,
  );
});

it('that is no JSON is refused', async () => {
  await writeFile(join(folder, 'convergence.json'), '{ "entries": ');
  await expect(readConvergence(folder, sha256)).rejects.toThrow(/no valid JSON/);
});
