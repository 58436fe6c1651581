/**
 * `npm run chaos -- SCENARIO [--n N] [--seed S] [--out FILE]`: fault runs with real processes. The
 * last line is JSON; exit code 0 only for a pass. A new scenario is a file and a line in the list.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { bitFlip } from './bit-flip.ts';
import { coordinatorFailpoints, coordinatorKill } from './coordinator-kill.ts';
import { coordinatorStart } from './coordinator-start.ts';
import { lag } from './lag.ts';
import { killMatrix } from './kill-matrix.ts';
import type { Scenario, ScenarioReport } from './scenario.ts';
import { straggler } from './straggler.ts';

const scenarios: readonly Scenario[] = [
  killMatrix,
  coordinatorKill,
  coordinatorFailpoints,
  coordinatorStart,
  straggler,
  lag,
  bitFlip,
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    n: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    workers: { type: 'string' },
    models: { type: 'string' },
    faults: { type: 'string' },
    rounds: { type: 'string' },
    tolerance: { type: 'string' },
  },
});

// an interrupted run takes its processes with it
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const [name = ''] = positionals;
const scenario = scenarios.find((candidate) => candidate.name === name);
if (scenario === undefined) {
  say(`found ${JSON.stringify(name)}, expected one of:`);
  for (const known of scenarios) say(`  ${known.name.padEnd(20)}${known.about}`);
  process.exit(2);
}

const seed = integer('--seed', values.seed);
const n = values.n === undefined ? undefined : integer('--n', values.n);
const started = performance.now();
const report = await scenario.run({ n, seed, filters: values, say });
const seconds = (performance.now() - started) / 1000;
for (const line of table(report)) say(line);
const json = JSON.stringify({ scenario: name, seed, seconds: Math.round(seconds), ...report });
if (values.out !== undefined) await writeFile(values.out, `${json}\n`);
say(json);
process.exitCode = report.verdict === 'pass' ? 0 : 1;

function table({ figures, reasons, verdict }: ScenarioReport): string[] {
  const width = Math.max(...Object.keys(figures).map((key) => key.length));
  const lines = Object.entries(figures).map(([key, value]) => `${key.padEnd(width)}  ${value}`);
  return [...lines, ...reasons, verdict.toUpperCase()];
}

function integer(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  say(`${option}: found ${JSON.stringify(text)}, expected a whole number`);
  process.exit(2);
}
