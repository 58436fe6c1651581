/**
 * `npm run test:oip`: the same jobs on the `onnx` backend and through model servers of others,
 * Triton and MLServer. Each is installed the first time (`--work DIR`); the tiny Stable Diffusion
 * is that of the parity test (`--parity DIR`).
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JobResult, SubmitRequest } from '../../cli/client.ts';
import { renderTable } from '../../cli/output/table.ts';
import { maxDifference } from '../../shared/numerics/vector.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { prepare } from '../parity/prepare.ts';
import { realCluster } from '../support/real-cluster.ts';
import { freePorts, modelServer, type ModelServer, type StartServer } from './servers.ts';

/** What a sample may differ by, largest element. */
const DIFFERENCE_MAX = 1e-4;

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: '.venv/oip' },
    parity: { type: 'string', default: '.venv/parity' },
  },
});

interface Case {
  readonly folder: string;
  readonly request: SubmitRequest;
}

const bundled = join(packageRoot(), 'models', 'fashion-unet');
const painted = join(prepare(values.parity).exported, 'stable-diffusion');
const cases: readonly Case[] = [
  {
    folder: painted,
    request: {
      model: 'stable-diffusion',
      solver: 'dpmpp-2m',
      steps: 25,
      seed: 7,
      prompts: ['a photo of a red circle'],
      negativePrompts: ['watercolour, blurry'],
      tolerance: 1e-3,
    },
  },
  {
    folder: bundled,
    request: {
      model: 'fashion-unet',
      solver: 'ddim',
      steps: 20,
      seed: 7,
      samples: 2,
      guidance: 2,
      inputs: [{ name: 'class', dtype: 'int64', shape: [], data: BigInt64Array.of(7n) }],
      tolerance: 1e-3,
    },
  },
];

interface Line {
  readonly where: string;
  readonly model: string;
  readonly method: string;
  readonly difference: number;
  readonly wallMs: number;
  readonly note: string;
}

const lines: Line[] = [];
const served = Object.fromEntries(
  cases.map(({ folder, request }) => [
    request.model,
    join(folder, folder === bundled ? 'model.onnx' : 'unet/model.onnx'),
  ]),
);

/** Jobs on one cluster; what happens meanwhile is the caller's. */
async function sampled(
  workers: readonly (readonly string[])[],
  requests: readonly SubmitRequest[],
  meanwhile?: () => Promise<void>,
): Promise<JobResult[]> {
  const cluster = await realCluster();
  try {
    for (const args of workers) await cluster.addWorkers(1, args);
    const results: JobResult[] = [];
    for (const request of requests) {
      const [result] = await Promise.all([cluster.run(request), meanwhile?.()]);
      results.push(result);
    }
    return results;
  } finally {
    await cluster.close();
  }
}

function noted(where: string, found: JobResult, wanted: JobResult, note = ''): void {
  const { model, method, wallMs } = found.report;
  const difference = maxDifference(found.samples, 0, wanted.samples, 0, wanted.samples.length);
  lines.push({ where, model, method, difference, wallMs, note });
}

function here(folder: string): string[] {
  return ['--backend', 'onnx', '--models', folder, '--log-level', 'fatal'];
}

function there(server: ModelServer, one: Case, options = ''): string[] {
  const backend = `oip:${server.address}/${one.request.model}${options}`;
  return ['--backend', backend, '--models', one.folder, '--log-level', 'fatal'];
}

async function compare(one: Case, wanted: readonly JobResult[], server: ModelServer) {
  const requests = methods.map((method) => ({ ...one.request, method }));
  const alone = await sampled([there(server, one)], requests);
  for (const [k, found] of alone.entries()) noted(server.name, found, wanted[k] ?? found);
  const [requestInParallel] = requests.slice(-1);
  if (!requestInParallel) return;
  const [shared] = await sampled(
    [here(one.folder), there(server, one, '?calls=2')],
    [{ ...requestInParallel, blocks: 2 }],
  );
  const last = wanted.at(-1);
  if (shared && last) noted(`onnx and ${server.name}`, shared, last, 'a block each');
}

/** A server that goes away for some seconds in the middle of a job. */
async function restarted(one: Case, wanted: JobResult, start: StartServer): Promise<void> {
  const port = await freePorts();
  let server = start(port);
  const again = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    await server.stop();
    server = start(port);
  };
  const request = { ...one.request, method: 'sequential' };
  const [found] = await sampled([there(server, one)], [request], again);
  await server.stop();
  if (found) noted(server.name, found, wanted, 'started again meanwhile');
}

const methods = ['sequential', 'secant'] as const;
for (const name of ['triton', 'mlserver'] as const) {
  const start = modelServer(name, values.work, served);
  const server = start(await freePorts());
  for (const one of cases) {
    const requests = methods.map((method) => ({ ...one.request, method }));
    const wanted = await sampled([here(one.folder)], requests);
    await compare(one, wanted, server);
    const [first] = wanted;
    if (one.folder === bundled && first) {
      await server.stop();
      await restarted(one, first, start);
    }
  }
}

const columns = ['model server', 'model', 'method', 'difference', 'wall clock', ''];
process.stdout.write(
  `${renderTable(
    columns.map((title) => ({ title })),
    lines.map(({ where, model, method, difference, wallMs, note }) => [
      where,
      model,
      method,
      difference.toExponential(1),
      `${Math.round(wallMs)} ms`,
      note,
    ]),
  )}\n`,
);
const held = lines.filter(({ difference }) => difference <= DIFFERENCE_MAX).length;
process.stdout.write(`${held} of ${lines.length} samples within ${DIFFERENCE_MAX}\n`);
if (held < lines.length || lines.length === 0) process.exitCode = 5;
