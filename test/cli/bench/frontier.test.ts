import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  frontierNotes,
  frontierPictures,
  frontierTable,
} from '../../../cli/bench/frontier-report.ts';
import { fewStepSamples, measureFrontier } from '../../../cli/bench/frontier.ts';
import type { FrontierOptions, FrontierRecord } from '../../../cli/bench/frontier.ts';
import { localJob, openLocalModel } from '../../../cli/bench/local-job.ts';
import type { LocalModel } from '../../../cli/bench/local-job.ts';
import { methodList, solverSpec } from '../../../cli/bench/spec.ts';
import { run, temporaryFolder } from '../support.ts';
import { fakeCluster } from './fake-cluster.ts';

const seeds = [1, 2];

let local: LocalModel;

beforeAll(async () => {
  local = await openLocalModel('gaussian', 1);
});

afterAll(() => local.close());

/**
 * Two clusters on which a sequential step takes 1 ms, or 2, and a parallel job `parallelMs`. The
 * parallel samples are the sequential ones of 40 steps, moved by the tolerance.
 */
async function measured(
  given: Partial<FrontierOptions> = {},
  parallelMs = 3,
): Promise<FrontierRecord[]> {
  const options: FrontierOptions = {
    ...{ model: 'gaussian', solver: solverSpec('ddim-40'), steps: [20, 5, 40, 5] },
    ...{ methods: methodList('secant@8'), tolerances: [0.1, 0.001], seeds, samples: 1 },
    ...{ guidance: 1, inputs: () => [] },
    ...given,
  };
  const references = new Map<number, Float32Array>();
  for (const seed of seeds) {
    const { solver, steps } = options.solver;
    const job = await localJob(local, { solver, steps, seed });
    references.set(seed, await job.reference());
  }
  const cluster = (factor: number) =>
    fakeCluster({ workers: factor, threads: 1 }, ({ method, steps, tolerance = 0, seed = 0 }) => {
      const wanted = references.get(seed) ?? new Float32Array();
      const wallMs = factor * (method === 'sequential' ? steps : parallelMs);
      // A cluster's sample of fewer steps has noise of its own: nobody may compare it.
      const broken = steps < options.solver.steps;
      return { wallMs, samples: wanted.map((value) => (broken ? NaN : value + tolerance)) };
    });
  const few = await fewStepSamples(local, options);
  return measureFrontier([cluster(2), cluster(1)], options, few, () => undefined);
}

describe('bench frontier', () => {
  it('puts fewer steps and parallel methods into one picture', async () => {
    const records = await measured();
    expect(records.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      'sequential ddim-40',
      'few-steps ddim-5',
      'few-steps ddim-20',
      'parallel secant@8, 0.1',
      'parallel secant@8, 0.001',
    ]);
    const [all, five, twenty, loose, tight] = records.map(({ errorMedian }) => errorMedian);
    expect(all).toBe(0);
    expect(twenty).toBeGreaterThan(0);
    expect(five).toBeGreaterThan(twenty ?? 0);
    expect([loose, tight].map((error) => error?.toFixed(4))).toEqual(['0.1000', '0.0010']);
    const [picture] = frontierPictures('m', records);
    expect(picture?.name).toBe('frontier-ddim-40');
    for (const text of ['fewer steps', 'secant@8', 'sequential', '20', '0.001']) {
      expect(picture?.plot.svg).toContain(`>${text}</text>`);
    }
  });

  it('takes the latency of the fastest shape', async () => {
    const records = await measured();
    expect(records.map(({ wallMs, workers }) => [wallMs, workers])).toEqual([
      [40, 1],
      [5, 1],
      [20, 1],
      [3, 1],
      [3, 1],
    ]);
  });

  it('names the plain sampler that is nearer and quicker', async () => {
    const quick = await measured();
    expect(quick.map(({ beatenBy }) => beatenBy)).toEqual([null, null, null, null, null]);
    expect(frontierNotes(quick).join(' ')).not.toContain('beaten by');
    const slow = await measured({ tolerances: [1, 0.001] }, 50);
    const parallel = slow.filter(({ kind }) => kind === 'parallel');
    // The reference itself, of the same samples and quicker.
    expect(parallel.map(({ beatenBy }) => beatenBy)).toEqual(['ddim-40', 'ddim-40']);
    const between = await measured({ tolerances: [1, 0.001] }, 30);
    const named = between.filter(({ kind }) => kind === 'parallel').map((one) => one.beatenBy);
    expect(named).toEqual(['ddim-20', null]);
    expect(frontierTable(between)).toMatch(/secant@8, 1 .*ddim-20$/m);
    expect(frontierNotes(between).join(' ')).toContain('In 1 of 2 parallel runs');
  });

  it('does not say that a plain sampler beats itself', async () => {
    const records = await measured({ methods: methodList('sequential') });
    expect(records.every(({ beatenBy }) => beatenBy === null)).toBe(true);
  });

  it('compares ddpm on the noise of all steps', async () => {
    const records = await measured({ solver: solverSpec('ddpm-40'), steps: [10, 20] });
    const errors = records.filter(({ kind }) => kind === 'few-steps');
    const [ten = NaN, twenty = NaN] = errors.map(({ errorMedian }) => errorMedian);
    // On noise of its own a sample of N(0, 0.5^2) would be about 0.7 away.
    expect(ten).toBeLessThan(0.4);
    expect(twenty).toBeLessThan(0.7 * ten);
  });
});

describe('the command', () => {
  it('measures real clusters and writes records and plots', async () => {
    const folder = temporaryFolder();
    const json = join(folder, 'frontier.json');
    const { code, stdout } = await run([
      ...['bench', 'frontier', '--model', 'gaussian', '--solver', 'ddim-8', '--steps', '4,50'],
      ...['--methods', 'secant', '--tolerances', '0.01', '--seeds', '1'],
      ...['--json', json, '--plots', folder],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ddim-8 +ddim-4 +sequential/);
    const { model, records } = JSON.parse(readFileSync(json, 'utf8')) as {
      model: string;
      records: FrontierRecord[];
    };
    expect([model, records.map(({ label }) => label)]).toEqual([
      ...['gaussian', ['ddim-8', 'ddim-4', 'secant, 0.01']],
    ]);
    const [all, few, secant] = records;
    expect(all?.errorWorst).toBe(0);
    expect(few?.errorWorst).toBeGreaterThan(0);
    expect(secant?.errorWorst).toBeLessThan(0.01);
    expect(records.every(({ wallMs }) => wallMs > 0)).toBe(true);
    expect(readdirSync(folder)).toContain('frontier-ddim-8.png');
  });

  it('needs a model that workers can load', async () => {
    const { code, stderr } = await run(['bench', 'frontier', '--model', 'nobody']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/model: found "nobody"/);
  });
});
