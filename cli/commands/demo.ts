import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Command } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { backendOption, integer, jsonOption } from '../arguments.ts';
import { Client } from '../client.ts';
import type { AvailableModel } from '../client.ts';
import { demoWorkers, planDemo } from '../demo/plan.ts';
import { describePlan, jsonOf, textOf } from '../demo/report.ts';
import { runDemo } from '../demo/run.ts';
import { exitCode } from '../exit-codes.ts';
import { prepareFolder } from '../folder.ts';
import { createProgress } from '../job/progress.ts';
import { startCluster, workersReady } from '../local/cluster.ts';
import type { Cluster } from '../local/cluster.ts';
import { bundledModels } from '../local/models.ts';
import { createLog } from '../log.ts';
import { formatDuration } from '../output/format.ts';
import { interrupted, onInterrupt } from '../signals.ts';
import { guarded } from './command.ts';
import type { Context } from './command.ts';

interface DemoOptions {
  readonly out: string;
  readonly steps?: number;
  readonly quick: boolean;
  readonly backend: string;
  readonly json: boolean;
}

/** The demo promises three minutes: a run that would end later than this is not begun. */
const END_MS = 165_000;
const TEXT_WIDTH_MAX = 100;
const READY_TIMEOUT_MS = 60_000;
/** Of each backend, what the demo samples. */
const models: Readonly<Record<string, string>> = { onnx: 'fashion-unet', analytic: 'mixture6' };

export function registerDemo(program: Command, context: Context): void {
  program
    .command('demo')
    .description('sample the bundled model with every method on two local workers, and compare')
    .option('--out <dir>', 'folder of the pictures', join('isochron-out', 'demo'))
    .option('--steps <n>', 'sampling steps (default: 50, fewer on a slow machine)', integer)
    .option('--quick', 'only the sequential sampler and secant', false)
    .addOption(backendOption())
    .addOption(jsonOption().default(false))
    .action(async (options: DemoOptions) => {
      await guarded(context, options.json ? 'document' : 'text', () => demo(context, options));
    });
}

async function demo(context: Context, options: DemoOptions): Promise<void> {
  const startedMs = performance.now();
  await prepareFolder('--out', options.out);
  const dataDir = await mkdtemp(join(tmpdir(), 'isochron-demo-'));
  const interrupt = onInterrupt();
  let cluster: Cluster | undefined;
  let client: Client | undefined;
  try {
    sayWith(context, options)(`starting a coordinator and ${demoWorkers} workers`);
    cluster = await startDemoCluster(options, dataDir);
    client = new Client({ coordinator: cluster.client, token: cluster.token });
    const work = compare(context, client, cluster, { ...options, startedMs, ...interrupt });
    // Whatever comes first: the end, a worker's death, or Ctrl-C while the workers still load.
    await Promise.race([work, cluster.broken, interruption(interrupt.signal)]);
  } finally {
    client?.close();
    await cluster?.close();
    await rm(dataDir, { recursive: true, force: true });
    interrupt.release();
  }
}

async function compare(
  context: Context,
  client: Client,
  cluster: Cluster,
  options: DemoOptions & { readonly startedMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { terminal, exit } = context;
  const { json, startedMs, signal } = options;
  const say = sayWith(context, options);
  const strip = terminal.interactive && !json;
  await workersReady(client, cluster, { workers: demoWorkers, timeoutMs: READY_TIMEOUT_MS });
  const plan = planDemo(await demoModel(client, options.backend), options);
  say(describePlan(plan));
  const results = await runDemo(client, plan, {
    signal,
    // Whoever chooses the steps has chosen the time as well.
    endMs: options.steps === undefined ? startedMs + END_MS : Infinity,
    progress: ({ name }) => createProgress(terminal, strip ? 'strip' : 'silent', name),
    done: ({ run, document: { rounds, wallMs } }) => {
      if (!strip) say(`${run.name}: ${rounds} rounds in ${formatDuration(wallMs)}`);
    },
  });
  const totalMs = performance.now() - startedMs;
  const width = Math.min(terminal.width(), TEXT_WIDTH_MAX);
  terminal.out(json ? jsonOf(plan, results, totalMs) : textOf(plan, results, { totalMs, width }));
  const converged = results.outcomes.every(({ document }) => document.converged);
  exit(converged ? exitCode.done : exitCode.jobFailed);
}

/** With --json standard error stays empty too, unless something goes wrong. */
function sayWith({ terminal }: Context, { json }: DemoOptions): (text: string) => void {
  return (text) => {
    if (!json) terminal.err(`${text}\n`);
  };
}

async function interruption(signal: AbortSignal): Promise<never> {
  await interrupted(signal);
  throw new SamplerError('CANCELLED', 'the demo was interrupted');
}

function startDemoCluster({ backend }: DemoOptions, dataDir: string): Promise<Cluster> {
  return startCluster({
    listen: '127.0.0.1:0',
    workerListen: '127.0.0.1:0',
    dataDir,
    workers: demoWorkers,
    backend,
    models: bundledModels(),
    threads: 1,
    threadsAlone: availableParallelism(),
    log: createLog('error'),
    workerLogLevel: 'error',
    restart: false,
    // Kept by the cluster, and shown if a worker ends.
    onLine: () => undefined,
  });
}

async function demoModel(client: Client, backend: string): Promise<AvailableModel> {
  const found = await client.models();
  const model = found.find(({ name }) => name === models[backend]) ?? found[0];
  if (model !== undefined) return model;
  throw new SamplerError('UNKNOWN_MODEL', 'the workers offer no model; see `isochron doctor`');
}
