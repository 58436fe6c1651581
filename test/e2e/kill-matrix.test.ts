import { expect, it } from 'vitest';

import { reportOf, runMatrix } from '../chaos/kill-matrix.ts';

/** A few cells of `npm run chaos -- kill-matrix`, which has them all. */
it('kills and stops worker processes in the middle of a job', async () => {
  const runs = await runMatrix({
    workers: [2],
    models: ['mixture6'],
    faults: ['kill', 'stopDeaf', 'drain'],
    rounds: [2],
    tolerance: 0,
    steps: 40,
    seed: 3,
    say: () => undefined,
  });
  expect(runs.outcomes.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(runs.outcomes.map(({ error }) => error)).toEqual([0, 0, 0, 0]);
  const killed = runs.outcomes.filter(({ cell, hit }) => hit && cell.fault === 'kill');
  expect(killed.length).toBeGreaterThan(0);
  expect(killed.every(({ moved }) => moved > 0)).toBe(true);
  const { figures } = reportOf(runs.outcomes, runs.baselines);
  expect(figures['runs']).toBe(4);
}, 150_000);
