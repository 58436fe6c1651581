/**
 * What a round costs the coordinator itself, and what it holds: the production desk, planner,
 * engine, core and wire format, with simulated workers in a thread in place of sockets.
 *
 *   npm run bench:coordinator                                  256 workers, 100 jobs, all shapes
 *   npm run bench:coordinator -- --workers 64 --jobs 10 --steps 100,1000 --blocks 2,8
 *
 * Time is CPU time of the coordinator's thread, from the first submission to the last result, over
 * all rounds of all jobs. Memory is its heap after collections while the jobs run, at its highest,
 * less what it had before. Exit code 1 where a round takes longer than --limit milliseconds.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { renderTable } from '../cli/output/table.ts';
import { runShape, type ShapeResult } from './support/coordinator-load.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '256' },
    jobs: { type: 'string', default: '100' },
    steps: { type: 'string', default: '100,1000,10000' },
    blocks: { type: 'string', default: '2,8' },
    window: { type: 'string', default: '64' },
    limit: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

const numbers = (text: string): number[] => text.split(',').map(Number);
const [workers = 256] = numbers(values.workers);
const [jobs = 100] = numbers(values.jobs);
const [window = 64] = numbers(values.window);

const results: ShapeResult[] = [];
for (const blocks of numbers(values.blocks)) {
  for (const steps of numbers(values.steps)) {
    results.push(await runShape({ workers, jobs, steps, blocks, window: Math.min(window, steps) }));
    process.stderr.write('.');
  }
}
process.stderr.write('\n');

const columns = [
  { title: 'blocks', align: 'right' },
  { title: 'steps', align: 'right' },
  { title: 'rounds', align: 'right' },
  { title: 'messages a round', align: 'right' },
  { title: 'ms a round', align: 'right' },
  { title: 'heap MiB', align: 'right' },
  { title: 'KiB a job', align: 'right' },
] as const;
const rows = results.map((one) => [
  one.blocks,
  one.steps,
  one.rounds,
  one.messagesPerRound.toFixed(1),
  one.msPerRound.toFixed(3),
  (one.heapBytes / 2 ** 20).toFixed(1),
  (one.heapBytes / 1024 / jobs).toFixed(1),
]);
process.stdout.write(`${workers} simulated workers, ${jobs} jobs, window ${window}\n`);
process.stdout.write(`${renderTable(columns, rows)}\n`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ workers, jobs, results }, null, 2)}\n`);
}
const slowest = Math.max(...results.map(({ msPerRound }) => msPerRound));
process.exitCode = slowest <= Number(values.limit) ? 0 : 1;
