/** A short run of `npm run fuzz`; the long one is in README.md. */
import { expect, test } from 'vitest';
import { fuzzRequests } from './requests/run.ts';

test('a coordinator answers 300 malformed requests and is none the worse', async () => {
  const options = {
    n: 300,
    seed: 7,
    ports: ['client', 'worker', 'http'],
    say: () => undefined,
  } as const;
  const { findings, cases, probe } = await fuzzRequests(options);
  expect(findings).toEqual([]);
  expect(Object.values(cases).reduce((sum, count) => sum + count, 0)).toBe(300);
  for (const { requests } of probe.ports) expect(requests).toBeGreaterThan(0);
}, 60_000);
