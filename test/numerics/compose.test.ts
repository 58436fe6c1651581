import { expect, it } from 'vitest';
import { composeBoundary } from '../../shared/numerics/compose.ts';

it('moves the right boundary by the slope times the movement of the left one', () => {
  const summary = { offset: Float32Array.of(1, 2), slope: Float64Array.of(0.5, 2) };
  const right = composeBoundary(summary, Float32Array.of(3, 4), Float32Array.of(1, 1));
  expect([...right]).toEqual([2, 8]);
});
