/**
 * Malformed requests against a coordinator process. Exit code 0 only where it did not mind.
 *
 *   npm run fuzz -- --n 300000 --seed 1
 *   npm run fuzz -- --seed 1 --case 4711
 */
import { parseArgs } from 'node:util';
import { fuzzOptions } from '../options.ts';
import { fuzzRequests, type FuzzReport } from './run.ts';
import type { Scene } from './scene.ts';

const { values } = parseArgs({
  options: {
    ...fuzzOptions,
    port: { type: 'string', default: 'all' },
    json: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function portsOf(text: string): Scene['port'][] {
  if (text === 'all') return ['client', 'worker', 'http'];
  if (text === 'client' || text === 'worker' || text === 'http') return [text];
  say(`--port: found ${JSON.stringify(text)}, expected client, worker, http or all`);
  process.exit(2);
}

function show({ cases, outcomes, findings, probe, memory, seconds }: FuzzReport): void {
  const count = Object.values(cases).reduce((sum, one) => sum + one, 0);
  say(`${count} cases in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second`);
  for (const [name, times] of sorted(cases)) say(`  ${name.padEnd(28)}${times}`);
  say('answers');
  for (const [name, times] of sorted(outcomes)) say(`  ${name.padEnd(28)}${times}`);
  showProbe(probe);
  for (const { at, rssBytes, heapBytes, descriptors, lateMs, turnMs } of memory) {
    const [rss, heap] = [rssBytes, heapBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
    const [late, turn] = [lateMs, turnMs].map((ms) => Math.round(ms));
    const delays = `timers late by ${late} ms, longest turn ${turn} ms`;
    say(`${at.padEnd(6)} RSS ${rss} MiB, heap ${heap} MiB, ${descriptors} descriptors, ${delays}`);
  }
  for (const { what, times, replay } of findings) say(`FOUND ${times} x ${what}\n  ${replay}`);
  say(findings.length === 0 ? 'nothing found' : `${findings.length} findings`);
}

function showProbe({ ports, jobs, jobMaxMs, ownDelayMs }: FuzzReport['probe']): void {
  for (const { port, requests, p50Ms, p99Ms, maxMs } of ports) {
    const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1));
    say(`probe ${port}: ${requests} requests, p50 ${p50} ms, p99 ${p99} ms, most ${max} ms`);
  }
  const [slowest, own] = [jobMaxMs, ownDelayMs].map((ms) => Math.round(ms));
  say(`probe: ${jobs} jobs, the slowest ${slowest} ms; its own timers late by ${own} ms`);
}

function sorted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([, a], [, b]) => b - a);
}

const report = await fuzzRequests({
  n: Number(values.n),
  seed: Number(values.seed),
  ports: portsOf(values.port),
  only: values.case === undefined ? undefined : Number(values.case),
  seconds: values.seconds === undefined ? undefined : Number(values.seconds),
  say,
});
if (values.json) say(JSON.stringify(report));
else show(report);
process.exitCode = report.findings.length === 0 ? 0 : 1;
