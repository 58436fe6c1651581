import { expect, it } from 'vitest';
import { runShape } from '../../../bench/support/coordinator-load.ts';

it('runs jobs on simulated workers through the production engine and wire format', async () => {
  const shape = { workers: 4, jobs: 3, steps: 40, blocks: 4, window: 16 };
  const { rounds, messagesPerRound, msPerRound, heapBytes } = await runShape(shape);
  // every job took some rounds, fewer than its steps, of at least an order and an answer
  expect(rounds).toBeGreaterThanOrEqual(3 * 3);
  expect(rounds).toBeLessThan(3 * 40);
  expect(messagesPerRound).toBeGreaterThan(2);
  expect(msPerRound).toBeGreaterThan(0);
  expect(Number.isFinite(heapBytes)).toBe(true);
});
