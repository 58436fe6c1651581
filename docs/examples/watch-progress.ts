/**
 * Follows a job and gives it up after a while, or on Ctrl-C:
 * `node watch-progress.ts [MODEL] [SECONDS]`.
 *
 *   round 1: 16 of 100 rows are final, residual 1.8
 *   round 11: 100 of 100 rows are final, residual 3.9e-8
 *   done
 */
import { connect } from './connect.ts';

const [, , model = 'mixture6', seconds = '60'] = process.argv;

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
// With a name of its own: Node 24 collects a time-out that nothing but `any` knows (measured).
const late = AbortSignal.timeout(1000 * Number(seconds));
const signal = AbortSignal.any([interrupt.signal, late]);

using client = connect();
const { job } = await client.submit({ model, solver: 'ddpm', steps: 100, method: 'secant' });
let state = 'submitted';
for await (const { status } of client.watch(job, { signal })) {
  const { rounds, frontier, rows, residual } = status;
  state = status.state;
  process.stdout.write(
    `round ${rounds}: ${frontier} of ${rows} rows are final, residual ${residual.toPrecision(2)}\n`,
  );
}
// The signal ended the loop, not the job: that is for us to say.
if (signal.aborted) ({ state } = await client.cancel(job));
process.stdout.write(`${state}\n`);
