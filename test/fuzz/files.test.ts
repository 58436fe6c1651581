/** A short run of `npm run fuzz:files`; the long one is in README.md. */
import { expect, test } from 'vitest';
import { fuzzFiles } from './files/run.ts';

test('600 malformed files are refused in words, or read', async () => {
  const options = { n: 600, seed: 7, processes: 1, say: () => undefined };
  const { findings, outcomes } = await fuzzFiles(options);
  expect(Object.fromEntries(findings)).toEqual({});
  const counts = [...outcomes.values()];
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(600);
}, 120_000);
