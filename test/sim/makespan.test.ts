import { describe, expect, it } from 'vitest';
import { makespan, type SimWorker } from './makespan.ts';

const cases = [
  { solver: 'ddim', steps: 50, method: 'secant', blocks: 8 },
  { solver: 'ddpm', steps: 100, method: 'secant', blocks: 4 },
  { solver: 'ddpm', steps: 100, method: 'secant', blocks: 4, window: 16 },
  { solver: 'ddpm', steps: 250, method: 'secant', blocks: 8, window: 32 },
] as const;
const healthy: SimWorker = {};
const tenth: SimWorker = { slowness: 10 };

/** The job on three of the workers: as many blocks for each. */
const onThree = (job: (typeof cases)[number]) =>
  makespan({ job: { ...job, blocks: (job.blocks * 3) / 4 }, workers: [healthy, healthy, healthy] });

describe.each(cases)('$solver-$steps in $blocks blocks, in virtual time', (job) => {
  it('one of four workers ten times slower costs nothing against three healthy ones', async () => {
    const alone = await onThree(job);
    const four = await makespan({ job, workers: [healthy, tenth, healthy, healthy] });
    expect(four.ms / alone.ms).toBeLessThan(1.1);
    expect(four.error).toBeLessThan(0.01);
  });
});
