/**
 * Starts a job from the trajectory of another one: `node warm-start.ts [MODEL]`. It pays where the
 * second job is nearly the first, here the same one to a tighter tolerance.
 *
 *   from noise: 9 rounds, from the first trajectory: 6 rounds
 */
import type { SubmitRequest } from 'isochron/client';
import { connect } from './connect.ts';

const [, , model = 'mixture6'] = process.argv;

const first: SubmitRequest = {
  model,
  solver: 'ddim',
  steps: 50,
  seed: 5,
  method: 'secant',
  tolerance: 1e-2,
  certify: true,
};
const second: SubmitRequest = { ...first, tolerance: 1e-4, certify: false };

using client = connect();
const { job } = await client.submit(first);
for await (const { status } of client.watch(job)) {
  if (status.state === 'failed') throw new Error(status.message);
}
const { kept } = await client.result(job, { trajectory: true });
if (kept === null) throw new Error('a certified job keeps its trajectory');

const trajectory = { states: kept.states, source: first };
const cold = await client.sample(second);
const warm = await client.sample(second, { trajectory });
process.stdout.write(
  `from noise: ${cold.report.rounds} rounds, ` +
    `from the first trajectory: ${warm.report.rounds} rounds\n`,
);
