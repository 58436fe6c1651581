import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { Register__Output } from '../../proto/generated/isochron/v1/Register.ts';
import { PROFILE_POINTS, type ConvergenceTable } from '../../shared/kernel/convergence.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { convergenceFile, convergenceSchema } from '../../shared/protocol/convergence-file.ts';
import { encodeConvergence } from '../../shared/protocol/convergence-wire.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { decodeModel } from '../../shared/protocol/model-wire.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';

const profile = Array.from({ length: PROFILE_POINTS }, (_, p) => 60 * p);
const table: ConvergenceTable = {
  tolerance: 0.01,
  toleranceSlope: 0.17,
  samplesSlope: 0.06,
  entries: [
    {
      method: 'secant',
      solver: 'ddpm',
      steps: 1000,
      window: 125,
      guided: true,
      rounds: 24.25,
      calls: 2200,
      frontier: profile,
      rows: profile,
    },
  ],
};

const described = {
  name: 'm',
  sampleShape: [2],
  maxBatch: 1,
  trainSteps: 10,
  schedule: 'linear',
  prediction: 'epsilon',
  spacing: 'leading',
  latencyCurve: [{ batch: 1, ms: 1 }],
};

/** As a coordinator receives it. */
function received(convergence: object): Register__Output['models'][number] {
  const { Control } = loadPackage().Fleet.service;
  const register = { models: [{ ...described, convergence }] };
  const bytes = Control.requestSerialize({ register });
  const [model] = Control.requestDeserialize(bytes).register?.models ?? [];
  if (!model) throw new Error('no model came through');
  return model;
}

describe('a table in a registration', () => {
  it('comes through as it was', () => {
    expect(decodeModel(received(encodeConvergence(table))).convergence).toEqual(table);
    expect(decodeModel(received(encodeConvergence(table)))).toHaveProperty('convergence');
  });

  it.each([
    ['no tolerance', { tolerance: 0 }],
    ['a negative slope', { samplesSlope: -1 }],
    ['no entries', { entries: [] }],
    ['rounds of nothing', { entries: [{ ...table.entries[0], rounds: 0 }] }],
    ['endless calls', { entries: [{ ...table.entries[0], calls: Infinity }] }],
    ['half a profile', { entries: [{ ...table.entries[0], rows: [1, 2] }] }],
    [
      'more than all rows',
      { entries: [{ ...table.entries[0], rows: [...profile.slice(1), 1001] }] },
    ],
    ['too many steps', { entries: [{ ...table.entries[0], steps: limits.stepsMax + 1 }] }],
  ])('with %s is refused', (_what, wrong) => {
    const sent = { ...encodeConvergence(table), ...wrong };
    expect(() => decodeModel(received(sent))).toThrow(/convergence/);
  });
});

it('of the bundled model is a valid file, and small enough for a registration', async () => {
  const path = join(packageRoot(), 'models', 'fashion-unet', convergenceFile);
  const file = convergenceSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  expect(file.entries.length).toBeGreaterThan(50);
  for (const { rounds, steps, calls } of file.entries) {
    expect(rounds).toBeLessThanOrEqual(steps);
    // rows that are called are four apart at most
    expect(calls).toBeGreaterThanOrEqual(steps / 4);
  }
  const { Control } = loadPackage().Fleet.service;
  const convergence = encodeConvergence(file);
  const bytes = Control.requestSerialize({ register: { models: [{ ...described, convergence }] } });
  expect(bytes.length).toBeLessThan(limits.controlMessageBytesMax / 16);
});
