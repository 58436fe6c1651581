/**
 * `npm run test:docs`: runs every block of the documents that is marked so, and says what was run,
 * what was only read by the parser of the command line, and what was not run and why.
 *
 *   npm run test:docs -- --only docs/QUICKSTART.md --slow
 */
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { blockProblems, isochronCommands } from './checks.ts';
import type { StepResult } from './execute.ts';
import { isChosen, planRuns, type Group, type LeftOut } from './groups.ts';
import { readRepository } from './repository.ts';
import { describeAll } from '../tidy/source.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    slow: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});

/** Addresses of the documents, beside 127.0.0.1: hosts of a cluster. */
const hosts = ['10.0.0.5', '10.0.0.6', '10.0.0.7'];
const network = [
  'ip link set lo up',
  ...hosts.map((host) => `ip addr add ${host}/32 dev lo`),
  'exec "$@"',
].join(' && ');

const documents = [...readRepository().documents.values()];
const chosen = documents.flatMap(({ blocks }) => blocks).filter((one) => isChosen(one, values));
const problems = chosen.flatMap(blockProblems);
if (problems.length > 0) {
  process.stderr.write(`${describeAll(problems)}\n`);
  process.exit(2);
}
requireNamespaces();

const start = performance.now();
const plan = planRuns(documents, values);
const limit = pLimit(Number(values.jobs));
const results = (await Promise.all(plan.groups.map((group) => limit(run, group)))).flat();
process.exitCode = summary(results, plan.leftOut);

function requireNamespaces(): void {
  if (spawnSync('unshare', ['-rn', 'ip', 'link']).status === 0) return;
  const what = 'test:docs: cannot make a network namespace (unshare -rn, ip)';
  process.stderr.write(`${what}; run it on Linux with user namespaces, and util-linux, iproute2\n`);
  process.exit(2);
}

/** Results as they come; a group that breaks off is a failure of its first block without one. */
async function run(group: Group): Promise<StepResult[]> {
  const inside = [process.execPath, join(import.meta.dirname, 'inside', 'main.ts')];
  const [program = '', ...args] = group.network
    ? inside
    : ['unshare', '-rn', 'sh', '-c', network, 'sh', ...inside];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(group));
  const found: StepResult[] = [];
  let rest = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) found.push(show(JSON.parse(line) as StepResult));
  }
  const broken = group.steps.find(
    ({ path, line }) => !found.some((result) => result.path === path && result.line === line),
  );
  if (broken === undefined) return found;
  const detail = `the group "${group.name}" broke off before it`;
  const { path, line } = broken;
  return [...found, show({ path, line, outcome: 'failed', seconds: 0, detail })];
}

function show(result: StepResult): StepResult {
  const { path, line, outcome, seconds, detail } = result;
  const more = outcome === 'passed' ? '' : `: ${detail}`;
  process.stdout.write(`${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  `);
  process.stdout.write(`${path}:${line}${more}\n`);
  return result;
}

function summary(all: readonly StepResult[], leftOut: readonly LeftOut[]): number {
  const count = (outcome: StepResult['outcome']): number =>
    all.filter((result) => result.outcome === outcome).length;
  const parsed = leftOut.filter(({ block }) => isochronCommands(block) > 0);
  const rest = leftOut.filter(({ block }) => isochronCommands(block) === 0);
  for (const [title, blocks] of [
    ['only parsed', parsed],
    ['not run', rest],
  ] as const) {
    process.stdout.write(`\n${title}: ${blocks.length}\n`);
    for (const { block, reason } of blocks) {
      process.stdout.write(`  ${block.path}:${block.line}: ${reason}\n`);
    }
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const figures = [
    `${count('passed')} blocks run`,
    `${count('failed')} failed`,
    `${count('left out')} left out for a missing tool`,
    `${parsed.length} only parsed`,
    `${rest.length} not run`,
  ];
  process.stdout.write(`\ntest:docs: ${figures.join(', ')} (${seconds} s)\n`);
  return count('failed') > 0 ? 1 : 0;
}
