import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { speedupNotes, speedupTable } from '../../../cli/bench/speedup-report.ts';
import { measureSpeedup } from '../../../cli/bench/speedup.ts';
import type { SpeedupOptions, SpeedupRecord } from '../../../cli/bench/speedup.ts';
import { solverSpec } from '../../../cli/bench/spec.ts';
import { run, temporaryFolder } from '../support.ts';
import { fakeCluster } from './fake-cluster.ts';
import type { FakeCluster } from './fake-cluster.ts';

const wide = { workers: 1, threads: 4 };
const many = { workers: 4, threads: 1 };

function measure(
  clusters: readonly FakeCluster[],
  given: Partial<SpeedupOptions> = {},
): Promise<SpeedupRecord> {
  const options = {
    ...{ model: 'm', solver: solverSpec('ddpm-100'), repeats: 3, samples: 1, seed: 10 },
    ...{ method: 'auto', guidance: 1, inputs: () => [] },
    ...{ sequentialOn: clusters, parallelOn: clusters },
  };
  return measureSpeedup({ ...options, ...given }, () => undefined);
}

describe('bench speedup', () => {
  it('divides the better sequential median by that of the calibrated shape', async () => {
    let jobs = 0;
    const times = { sequential: 90, auto: 40 };
    const one = fakeCluster(wide, ({ method }) => {
      return { wallMs: times[method === 'sequential' ? 'sequential' : 'auto'] };
    });
    // The first run of everything is slow: it is the warm-up.
    const other = fakeCluster(many, ({ method }) => {
      return { wallMs: (method === 'sequential' ? 120 : 30) + (jobs++ < 2 ? 1000 : 0) };
    });
    const record = await measure([one, other]);
    expect(record).toMatchObject({
      ...{ model: 'm', solver: 'ddpm-100', repeats: 3, sequentialMs: 90, parallelMs: 30 },
      ...{ speedup: 3, rounds: 7, modelCalls: 70, errorWorst: 0, sequentialSpread: 0 },
      plan: { method: 'secant', window: 100, workers: 4, threads: 1 },
      sequential: { ...wide, medianMs: 90, totalMs: 95 },
      parallel: { ...many, medianMs: 30 },
      otherSequential: [{ ...many, medianMs: 120 }],
    });
    expect(record.calibration.map(({ wallMs }) => wallMs)).toEqual([40, 30]);
  });

  it('gives both sides the same seeds and alternates them', async () => {
    const cluster = fakeCluster(wide, () => ({ wallMs: 1 }));
    await measure([cluster]);
    const measured = cluster.requests.slice(-6).map(({ method, seed }) => `${method} ${seed}`);
    expect(measured).toEqual([
      ...['sequential 10', 'auto 10', 'auto 11', 'sequential 11', 'sequential 12', 'auto 12'],
    ]);
  });

  it('reports the worst sample of all repeats, and sequential ones that disagree', async () => {
    const of =
      (scale: number) => (request: { method?: string | undefined; seed?: number | undefined }) => {
        const value = request.method === 'sequential' ? scale : 0.01 * ((request.seed ?? 0) - 10);
        return {
          wallMs: request.method === 'sequential' ? 10 + scale : 5,
          samples: Float32Array.of(value, value),
        };
      };
    const record = await measure([fakeCluster(wide, of(0)), fakeCluster(many, of(0.5))]);
    expect(record.errorWorst).toBeCloseTo(0.02);
    expect(record.sequentialSpread).toBeCloseTo(0.5);
    expect(speedupNotes([record]).join(' ')).toContain('thread counts are 5.0e-1 apart');
    expect(speedupTable([record])).toMatch(/secant, window 100 .* 2\.00x .* 2\.0e-2/);
  });

  it('does not calibrate a shape that was named', async () => {
    const fixed = fakeCluster({ workers: 2, threads: 2 }, () => ({ wallMs: 5 }));
    const record = await measure([fakeCluster(wide, () => ({ wallMs: 10 }))], {
      parallelOn: [fixed],
      method: 'secant',
      window: 8,
    });
    expect(record.plan).toMatchObject({ method: 'secant', window: 8, workers: 2, threads: 2 });
    expect(record.speedup).toBe(2);
  });
});

describe('the command', () => {
  it('measures real clusters, and ends with 5 below the threshold', async () => {
    const json = join(temporaryFolder(), 'speedup.json');
    const { code, stdout, stderr } = await run([
      ...['bench', 'speedup', '--model', 'mixture6', '--solver', 'ddim-4', '--repeats', '1'],
      ...['--workers', '1', '--threads', '1', '--at-least', '1000', '--json', json],
    ]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/isochron: ddim-4: speedup \d+\.\d+, expected 1000/);
    expect(stdout).toContain('Medians of 1 repeats');
    const record = JSON.parse(readFileSync(json, 'utf8')) as SpeedupRecord;
    expect(record).toMatchObject({ model: 'mixture6', solver: 'ddim-4', repeats: 1 });
    expect(record.sequentialMs / record.parallelMs).toBeCloseTo(record.speedup);
    expect(record.errorWorst).toBeLessThan(0.01);
  });

  it.each([
    [['--repeats', '0'], /--repeats: found 0/],
    [['--workers', '0'], /--workers: found 0/],
    [['--model', 'mixture:/nowhere'], /expected an IDX file/],
  ])('ends with 2 and one line: %j', async (options, text) => {
    const { code, stderr } = await run(['bench', 'speedup', ...options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(text);
  });
});
