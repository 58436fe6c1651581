/**
 * Malformed files, each read in a process that may die of it. Exit code 0 only where none did.
 *
 *   npm run fuzz:files -- --n 300000 --seed 1
 *   npm run fuzz:files -- --seed 1 --case 4711
 */
import { parseArgs } from 'node:util';
import { fuzzOptions } from '../options.ts';
import { fuzzFiles } from './run.ts';

const { values } = parseArgs({
  options: {
    ...fuzzOptions,
    processes: { type: 'string', default: '2' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const seed = Number(values.seed);
const { outcomes, findings, rssBytes, slowest, seconds } = await fuzzFiles({
  n: Number(values.n),
  seed,
  only: values.case === undefined ? undefined : Number(values.case),
  processes: Number(values.processes),
  seconds: values.seconds === undefined ? undefined : Number(values.seconds),
  say,
});
const count = [...outcomes.values()].reduce((sum, times) => sum + times, 0);
say(`${count} files in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second`);
for (const [name, times] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))) {
  say(`  ${name.padEnd(36)}${times}`);
}
const replay = (number: number) => `npm run fuzz:files -- --seed ${seed} --case ${number}`;
say(`most memory of a process ${Math.round(rssBytes / 2 ** 20)} MiB`);
say(`the slowest case took ${Math.round(slowest.ms)} ms: ${replay(slowest.number)}`);
for (const [what, { times, number }] of findings) {
  say(`FOUND ${times} x ${what}\n  ${replay(number)}`);
}
say(findings.size === 0 ? 'nothing found' : `${findings.size} findings`);
process.exitCode = findings.size === 0 ? 0 : 1;
