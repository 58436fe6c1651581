import { expect, it } from 'vitest';
import type { BlockState, JobState } from '../../coordinator/core/state.ts';
import type { Step } from '../../coordinator/core/step.ts';
import { startTwin } from '../../coordinator/core/twins.ts';

/** Block [4, 8) of ten steps, of which the first sample has frozen two rows and the second none. */
function twinOf(frontier: Int32Array) {
  const left = { id: 'left' };
  const block = { index: 1, begin: 4, end: 8, worker: 'w1', attempt: 3, round: 2, left };
  const plan = { window: 6, steps: 10, samples: 2 };
  const job = { id: 'j', plan, frontier, blocks: [block], wave: { next: 0 } };
  const known = { attempts: 5, opened: ['w1', 'w2'], twinRows: 0 };
  const own = { ...job, ...known } as unknown as JobState;
  const step = { epoch: 1, atMs: 0, commands: [] } as unknown as Step;
  startTwin(step, own, block as unknown as BlockState, 'w2');
  const orders = step.commands.flatMap((command) =>
    command.kind === 'send' ? [command.message] : [],
  );
  return { orders, job: own };
}

it('a twin makes anew what is frozen inside its block: it has its left boundary only', () => {
  const { orders, job } = twinOf(Int32Array.of(6, 4));
  expect(orders.map(({ kind }) => kind)).toEqual(['assignBlock', 'sweep']);
  expect(orders[0]).toMatchObject({ begin: 4, end: 8, left: { id: 'left' } });
  expect(orders[1]).toMatchObject({ frontier: Int32Array.of(4, 4), windowEnd: 10 });
  expect(job.twinRows).toBe(2 * 4);
});

it('a twin keeps the frontier of samples that have not reached its block, or are past it', () => {
  const { orders } = twinOf(Int32Array.of(2, 9));
  expect(orders[1]).toMatchObject({ frontier: Int32Array.of(2, 9), windowEnd: 8 });
});
