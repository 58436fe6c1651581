/**
 * Is what a bundled model samples any good? Runs on worker processes, through isochron itself,
 * 100-step DDPM, the sequential method by default so that the figure is the model's:
 *
 *   npm run bench:quality -- --json quality.json
 *   npm run bench:quality -- --model maze-planner
 *
 * fashion-unet: 1000 pictures with guidance; the independently trained classifier of the model's
 * folder says what it sees. maze-planner: 500 plans for starts and goals not trained on, held
 * against the walls and the ends asked for. Exit code 5 below 90 % and 95 %.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SubmitRequest } from '../cli/client.ts';
import { packageRoot } from '../shared/protocol/package-root.ts';
import { realCluster } from '../test/support/real-cluster.ts';
import { judgeOf } from './support/judges.ts';

const CHECK_FAILED = 5;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'fashion-unet' },
    samples: { type: 'string' },
    steps: { type: 'string', default: '100' },
    method: { type: 'string', default: 'sequential' },
    window: { type: 'string' },
    guidance: { type: 'string' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});

const judge = judgeOf(values.model);
const folder = join(packageRoot(), 'models', values.model);
const cluster = await realCluster();

async function run(request: Pick<SubmitRequest, 'seed' | 'samples' | 'inputs'>) {
  const { samples } = await cluster.run({
    ...request,
    model: values.model,
    solver: 'ddpm',
    steps: Number(values.steps),
    method: values.method,
    window: values.window === undefined ? undefined : Number(values.window),
    guidance: values.guidance === undefined ? undefined : Number(values.guidance),
  });
  return samples;
}

try {
  await cluster.addWorkers(Number(values.workers), ['--backend', 'onnx', '--models', folder]);
  const count = values.samples === undefined ? undefined : Number(values.samples);
  const { report, share, shareMin, details } = await judge(folder, run, count);
  process.stdout.write(`\n${report}\n`);
  if (values.json)
    await writeFile(values.json, `${JSON.stringify({ total: share, ...details })}\n`);
  process.exitCode = share >= shareMin ? 0 : CHECK_FAILED;
} finally {
  await cluster.close();
}
