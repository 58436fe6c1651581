/** A short run of `npm run fuzz:files`; the long one is in README.md. */
import { expect, test } from 'vitest';
import { fuzzFiles } from './files/run.ts';

test('5000 malformed files are refused in words, or read', async () => {
  const options = { n: 5_000, seed: 7, processes: 1, say: () => undefined };
  const { findings, outcomes } = await fuzzFiles(options);
  expect(Object.fromEntries(findings)).toEqual({});
  const counts = [...outcomes.values()];
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5_000);
}, 120_000);
