import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { ConditionInfo } from '../../cli/client.ts';
import { makeFolder, prepareFolder } from '../../cli/folder.ts';
import { sampleLabels } from '../../cli/job/labels.ts';
import { gridColumns } from '../../cli/job/result-folder.ts';
import { heatMapRounds, traceCsv } from '../../cli/job/trace.ts';
import { wrap } from '../../cli/terminal.ts';
import { temporaryFolder } from './support.ts';

describe('the trace', () => {
  const trace = [
    { round: 2, frontier: 2, firstStep: 2, residuals: Float32Array.of(0.5) },
    { round: 1, frontier: 0, firstStep: 0, residuals: Float32Array.of(1, 2) },
    { round: 1, frontier: 0, firstStep: 2, residuals: Float32Array.of(4) },
  ];

  it('has one line per round and row', () => {
    expect(traceCsv(trace)).toBe(
      'round,row,residual\n2,2,5.00e-1\n1,0,1.00e+0\n1,1,2.00e+0\n1,2,4.00e+0\n',
    );
  });

  it('puts the blocks of a round together, in the order of rounds', () => {
    const [first, second] = heatMapRounds(trace, 4);
    expect(first).toEqual({
      residuals: Float32Array.of(1, 2, 4, Number.NaN),
      frontier: 0,
      windowEnd: 3,
    });
    expect(second).toMatchObject({ frontier: 2, windowEnd: 3 });
  });
});

describe('captions', () => {
  const condition: ConditionInfo = {
    name: 'class',
    dtype: 'int64',
    shape: [],
    minimum: 1,
    maximum: 2,
    unconditional: 3,
    labels: ['cat', 'dog'],
  };
  const input = (...values: bigint[]) =>
    ({ name: 'class', dtype: 'int64', shape: [], data: BigInt64Array.from(values) }) as const;

  it.each([
    ['one per sample', [input(2n, 1n)], ['dog', 'cat']],
    ['one for all', [input(1n)], ['cat', 'cat']],
    ['no label', [input(3n)], ['3', '3']],
  ])('are labels: %s', (_what, inputs, labels) => {
    expect(sampleLabels(inputs, [condition], 2)).toEqual(labels);
  });

  it('are left out where the samples have none', () => {
    expect(sampleLabels([], [condition], 2)).toBeUndefined();
    expect(sampleLabels([input(1n)], undefined, 2)).toBeUndefined();
  });
});

describe('a grid of pictures', () => {
  it.each([
    [1, 1],
    [4, 2],
    [6, 3],
    [7, 3],
    [10, 5],
    [64, 8],
  ])('of %i has %i columns', (count, columns) => {
    expect(gridColumns(count)).toBe(columns);
  });
});

describe('folders', () => {
  it('are made with all that is above them, and report the topmost new one', async () => {
    const root = temporaryFolder();
    expect(await makeFolder(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
    expect(await makeFolder(join(root, 'a', 'b'))).toBeUndefined();
  });

  it('are tried, and left as they were', async () => {
    const folder = join(temporaryFolder(), 'out');
    mkdirSync(folder);
    await prepareFolder('--out', folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that are missing and cannot be made are named with their flag', async () => {
    await expect(prepareFolder('--data', '/proc/a/b')).rejects.toThrow(
      '--data: cannot write into /proc/a/b',
    );
  });
});

describe('wrapping', () => {
  it.each([
    ['one two three', 7, 'one two\nthree'],
    ['overlongword x', 5, 'overlongword\nx'],
    ['', 5, ''],
  ])('%o at %i', (text, width, wrapped) => {
    expect(wrap(text, width)).toBe(wrapped);
  });
});
