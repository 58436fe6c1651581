import { expect, it } from 'vitest';
import type { Earlier } from '../../coordinator/shell/earlier.ts';
import { emptyTally } from '../../coordinator/core/state.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../coordinator/shell/stored-checkpoint.ts';
import { spec } from '../protocol/wire-samples.ts';

const state = Float32Array.of(1, 2, 3);
const errors = {
  bound: Float64Array.of(0.1, Infinity),
  defects: Float64Array.of(0.2, 0),
  reaching: Float64Array.of(0.3, 1e-300),
  carried: Float64Array.of(0.4, 7),
  interpolated: Float64Array.of(0.5, 0, 1e-9, 6),
  departure: Float64Array.of(-1, 0.5),
};
const earlier: Earlier = {
  checkpoint: {
    row: 3,
    state,
    errors,
    restarts: 1,
    roundsLost: 2,
    tally: emptyTally,
    elapsedMs: 4,
  },
  setting: { method: 'secant', window: 8, blocks: 2, groups: 1 },
  modelSha256: 'ab',
  steps: 8,
  trace: [],
  bytes: { toWorkers: 5, fromWorkers: 6 },
  coordinatorMs: 7,
  emulated: false,
};

it('a checkpoint is read as it was written', () => {
  expect(decodeCheckpoint(encodeCheckpoint(earlier, { spec }), state)).toMatchObject(earlier);
});

it('one of a version that counted less goes on counting from nothing', () => {
  const whole = JSON.parse(encodeCheckpoint(earlier, { spec })) as typeof earlier;
  const { staleRounds: _, ...tally } = whole.checkpoint.tally;
  const text = JSON.stringify({ ...whole, checkpoint: { ...whole.checkpoint, tally } });
  expect(decodeCheckpoint(text, state).checkpoint.tally).toEqual(emptyTally);
});

it.each(Object.keys(errors))('a checkpoint of a version that kept no %s is not used', (name) => {
  const whole = JSON.parse(encodeCheckpoint(earlier, { spec })) as typeof earlier;
  const rest = Object.entries(whole.checkpoint.errors).filter(([key]) => key !== name);
  const checkpoint = { ...whole.checkpoint, errors: Object.fromEntries(rest) };
  const text = JSON.stringify({ ...whole, checkpoint });
  expect(() => decodeCheckpoint(text, state)).toThrow(name);
});
