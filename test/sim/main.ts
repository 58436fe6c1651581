/** `npm run sim -- --seeds 20000`, `npm run sim -- --seed 17 --trace`; exit code 1 if one fails. */
import { parseArgs } from 'node:util';

import { simulate } from './simulator.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const first = integer('--from', values.from);
const [from, count] =
  values.seed === undefined
    ? [first, integer('--seeds', values.seeds)]
    : [integer('--seed', values.seed), 1];
const started = performance.now();
const counted = { events: 0, hits: 0, resumed: 0, caught: 0, stale: 0, violations: 0 };
const total = { ...counted, jobs: new Map<string, number>() };
for (let seed = from; seed < from + count; seed++) {
  const { violation, events, hits, resumed, caught, stale, jobs, hash, trace } = await simulate(
    seed,
    values.trace,
  );
  for (const line of trace) say(line);
  total.events += events;
  total.hits += hits;
  total.resumed += resumed;
  total.caught += caught;
  total.stale += stale;
  for (const [phase, n] of Object.entries(jobs)) {
    total.jobs.set(phase, (total.jobs.get(phase) ?? 0) + n);
  }
  if (values.seed !== undefined) say(`seed ${seed}: ${events} events, trace hash ${hash}`);
  if (violation === undefined) continue;
  total.violations++;
  say(`seed ${seed}: ${violation}\n  again: npm run sim -- --seed ${seed} --trace`);
  if (values.stop) break;
}
const seconds = (performance.now() - started) / 1000;
const ended = [...total.jobs].map(([phase, n]) => `${n} ${phase}`).join(', ');
say(`${count} seeds in ${seconds.toFixed(1)} s: ${total.violations} violations`);
say(`${total.events} events, ${total.hits} faults hit a worker with blocks`);
say(`${total.caught} times a worker was put out that computed wrong numbers`);
say(`${total.stale} times a wave turned round in front of a late block`);
say(`jobs: ${ended}, of them ${total.resumed} resumed`);
process.exitCode = total.violations === 0 ? 0 : 1;

function integer(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  say(`${name}: found ${JSON.stringify(text)}, expected a whole number`);
  process.exit(2);
}
