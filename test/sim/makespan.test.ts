import { describe, expect, it } from 'vitest';
import { limits } from '../../shared/kernel/limits.ts';
import { makespan, type SimWorker } from './makespan.ts';

const cases = [
  { solver: 'ddim', steps: 50, method: 'secant', blocks: 8 },
  { solver: 'ddpm', steps: 100, method: 'secant', blocks: 4 },
  { solver: 'ddpm', steps: 100, method: 'secant', blocks: 4, window: 16 },
  { solver: 'ddpm', steps: 250, method: 'secant', blocks: 8, window: 32 },
] as const;
/** About those of an accelerator: a sweep takes a few hundred milliseconds. */
const callMs = { least: 40, perRow: 100 };
const healthy: SimWorker = {};
const tenth: SimWorker = { slowness: 10 };
type SimCase = (typeof cases)[number];
/**
 * A block that is taken from its worker begins anew, and from then on rows freeze by a quarter of
 * both limits: up to two rounds more than the 1.3 that a half took, which lost a mode elsewhere.
 */
const BECOMES_SLOW_MAX = 1.42;

const run = (job: SimCase, workers: readonly SimWorker[]) => makespan({ job, callMs, workers });

/** The job on three of the workers: as many blocks for each. */
const onThree = (job: SimCase) =>
  makespan({
    job: { ...job, blocks: (job.blocks * 3) / 4 },
    callMs,
    workers: [healthy, healthy, healthy],
  });

describe.each(cases)('$solver-$steps in $blocks blocks, in virtual time', (job) => {
  it('one of four workers ten times slower costs nothing against three healthy ones', async () => {
    const alone = await onThree(job);
    const four = await run(job, [healthy, tenth, healthy, healthy]);
    expect(four.ms / alone.ms).toBeLessThan(1.1);
    expect(four.error).toBeLessThan(0.01);
  });

  it('one that becomes ten times slower costs at most 2/5, and 1/10 of calls', async () => {
    const alone = await onThree(job);
    const four = await run(job, [healthy, healthy, healthy, healthy]);
    for (const share of [0.25, 0.5, 0.75]) {
      const slow = { ...tenth, slowAtMs: share * four.ms };
      const later = await run(job, [healthy, slow, healthy, healthy]);
      expect(later.ms / alone.ms).toBeLessThan(BECOMES_SLOW_MAX);
      expect(later.callsMade / later.modelCalls).toBeLessThan(1.1);
      expect(later.error).toBeLessThan(0.01);
    }
  });

  it('equal workers keep equal blocks: nothing moves', async () => {
    const four = await run(job, [healthy, healthy, healthy, healthy]);
    expect(four.blocks).toBe(four.blocksCut);
    expect(four.callsMade).toBe(four.modelCalls);
  });

  it('one that joins gets work', async () => {
    const alone = await onThree(job);
    const joiner = { joinsAtMs: 0.25 * alone.ms };
    const joined = await run(job, [healthy, healthy, healthy, joiner]);
    expect(joined.rowsOf[3]).toBeGreaterThan(0.05 * joined.callsMade);
    expect(joined.ms / alone.ms).toBeLessThan(1.1);
    expect(joined.error).toBeLessThan(0.01);
  });

  it('one that drains hands its blocks over, and no model call is made for nothing', async () => {
    const four = await run(job, [healthy, healthy, healthy, healthy]);
    const drained = { drainsAtMs: 0.3 * four.ms };
    const left = await run(job, [healthy, healthy, healthy, drained]);
    expect(left.callsMade).toBe(left.modelCalls);
    expect(left.rowsOf[3]).toBeLessThan(0.6 * (four.rowsOf[3] ?? 0));
    expect(left.ms / four.ms).toBeLessThan(1.45);
    expect(left.error).toBeLessThan(0.01);
  });
});

describe('rows that are too many to carry', () => {
  it('begin anew with whoever takes the block, and are taken back from who had it', async () => {
    const workers = [healthy, healthy, { drainsAtMs: 2_000 }];
    const job = cases[1];
    const [carried, anew] = [
      await makespan({ job, callMs, workers }),
      await makespan({ job, callMs, workers, toldDim: limits.handOverElementsMax }),
    ];
    expect(anew.error).toBeLessThan(0.01);
    // a block that is handed over comes back under another name
    expect(carried.blocks).toBeGreaterThan(carried.blocksCut);
    expect(anew.blocks).toBe(anew.blocksCut);
    expect(anew.rowsOf[2]).toBeGreaterThan(0);
  });
});
