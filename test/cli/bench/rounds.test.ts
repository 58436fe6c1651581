import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openLocalModel } from '../../../cli/bench/local-job.ts';
import type { LocalModel } from '../../../cli/bench/local-job.ts';
import { roundsPictures } from '../../../cli/bench/rounds-report.ts';
import { measureRounds } from '../../../cli/bench/rounds.ts';
import type { RoundsOptions, RoundsRecord } from '../../../cli/bench/rounds.ts';
import { methodList, solverList } from '../../../cli/bench/spec.ts';
import { run, temporaryFolder } from '../support.ts';

let local: LocalModel;

beforeAll(async () => {
  local = await openLocalModel('mixture6', 1);
});

afterAll(() => local.close());

async function measure(
  solvers: string,
  methods: string,
  given: Partial<RoundsOptions> = {},
): Promise<RoundsRecord[]> {
  const options = {
    solvers: solverList(solvers),
    methods: methodList(methods),
    seeds: [1, 2],
    guidance: 1,
    stop: 'final',
    inputs: () => [],
  };
  return measureRounds(local, { ...options, ...given }, () => undefined);
}

describe('bench rounds', () => {
  it('measures the sequential sampler as N rounds without error', async () => {
    const [record] = await measure('ddim-12', 'sequential');
    expect(record).toMatchObject({
      solver: 'ddim-12',
      method: 'sequential',
      window: 1,
      seeds: 2,
      rounds: 12,
      roundsWorst: 12,
      modelCalls: 12,
      roundsTo1e2: 12,
      roundsTo1e3: 12,
      errorMedian: 0,
      errorWorst: 0,
      overTolerance: 0,
      tolerance: 0.01,
    });
    expect(record?.errorByRound.filter((error) => error !== null)).toEqual([0]);
  });

  it('counts rounds to an error before those to the stopping rule', async () => {
    const [secant, narrow] = await measure('ddpm-25', 'secant,secant@6');
    if (!secant || !narrow) throw new Error('a record is missing');
    expect(secant.roundsTo1e2).toBeLessThanOrEqual(secant.roundsTo1e3 ?? 0);
    expect(secant.roundsTo1e3).toBeLessThanOrEqual(secant.rounds);
    expect(secant.errorWorst).toBeGreaterThanOrEqual(secant.errorMedian);
    expect(secant.errorWorst).toBeLessThan(0.01);
    expect(secant.estimateMedian).toBeGreaterThan(0);
    expect([0, 0.5, 1]).toContain(secant.estimateCoverage);
    expect(secant.errorByRound.length).toBe(secant.roundsWorst);
    expect(secant.errorByRound.at(-1)).toBeCloseTo(secant.errorMedian, 12);
    const { runs } = secant;
    expect(runs).toHaveLength(secant.seeds);
    expect(Math.max(...runs.map(({ error }) => error))).toBe(secant.errorWorst);
    const covered = runs.filter(({ error, estimate }) => error <= estimate);
    expect(covered.length / runs.length).toBe(secant.estimateCoverage);
    expect([secant.window, narrow.window]).toEqual([25, 6]);
    expect(narrow.rounds).toBeGreaterThan(secant.rounds);
    expect(narrow.modelCalls).toBeLessThan(secant.modelCalls);
  });

  it('takes what a comparison varies from the spelling of the method', async () => {
    const spellings = 'parataa,parataa-3,parataa-2:denoised';
    const records = await measure('ddim-20', spellings, { tolerance: 1e-4 });
    expect(records.map(({ initialization }) => initialization)).toEqual([
      'constant',
      'constant',
      'denoised',
    ]);
    // the settings reach the solver: no two take the same course
    const courses = records.map(({ errorByRound }) => JSON.stringify(errorByRound));
    expect(new Set(courses).size).toBe(3);
    expect(records.every(({ tolerance }) => tolerance === 1e-4)).toBe(true);
  });

  it('says null where no seed came so near', async () => {
    const [record] = await measure('ddpm-25', 'picard', { stop: 'paradigms', tolerance: 100 });
    expect(record?.roundsTo1e3).toBeNull();
    expect(JSON.parse(JSON.stringify(record))).toMatchObject({ roundsTo1e3: null });
  });

  it('refuses a wrong setting before it measures anything', async () => {
    const seen: unknown[] = [];
    const options = {
      ...{ solvers: solverList('ddim-10,rk45-10'), methods: methodList('secant'), seeds: [1] },
      ...{ guidance: 1, stop: 'final', inputs: () => [] },
    };
    const measured = measureRounds(local, options, (progress) => seen.push(progress));
    await expect(measured).rejects.toThrow(/solver: found "rk45", expected one of ddim, ddpm/);
    expect(seen).toEqual([]);
  });

  it('draws rounds against N where one solver has several', async () => {
    const names = (records: readonly RoundsRecord[]) =>
      roundsPictures('m', records).map(({ name }) => name);
    const records = await measure('ddim-5,ddim-10,ddpm-5', 'secant,picard', { seeds: [1] });
    expect(names(records)).toEqual([
      'rounds-to-1e-2',
      'rounds',
      'model-calls',
      'error-ddim-5',
      'error-ddim-10',
      'error-ddpm-5',
      'rounds-by-steps-ddim',
    ]);
  });
});

describe('the command', () => {
  it('prints a table and writes the records and the plots', async () => {
    const folder = temporaryFolder();
    const json = join(folder, 'rounds.json');
    const plots = join(folder, 'plots');
    const options = ['--solvers', 'ddim-8', '--methods', 'secant,picard', '--seeds', '1..2'];
    const { code, stdout } = await run([
      ...['bench', 'rounds', '--model', 'mixture6', ...options],
      ...['--json', json, '--plots', plots],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/solver +method +window +to 1e-2/);
    const { records } = JSON.parse(readFileSync(json, 'utf8')) as { records: RoundsRecord[] };
    const named = records.map(({ solver, method, seeds }) => ({ solver, method, seeds }));
    expect(named).toEqual([
      { solver: 'ddim-8', method: 'secant', seeds: 2 },
      { solver: 'ddim-8', method: 'picard', seeds: 2 },
    ]);
    expect(readdirSync(plots)).toContain('rounds.svg');
    expect(readdirSync(plots)).toContain('error-ddim-8.png');
  });

  it.each([
    [['--model', 'nobody'], /model: found "nobody", expected one of .*mixture6/],
    [['--methods', 'newton'], /found "newton", expected NAME/],
    [['--solvers', 'ddim'], /expected SOLVER-STEPS/],
    [['--json', '/proc/x/y.json'], /--json: cannot write into/],
  ])('ends with 2 and one line: %j', async (options, text) => {
    const { code, stdout, stderr } = await run(['bench', 'rounds', ...options]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(text);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
