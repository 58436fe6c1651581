/**
 * Does the bundled model draw what it is asked for? Samples 100 pictures of each class with
 * 100-step DDPM and guidance on two worker processes, and lets the independently trained
 * classifier of the model's folder say what it sees:
 *
 *   npm run bench:quality -- --json quality.json
 *
 * Exit code 5 below 90 %. The sequential method by default, so that the figure is the model's.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { renderTable } from '../cli/output/table.ts';
import { packageRoot } from '../shared/protocol/package-root.ts';
import { realCluster } from '../test/support/real-cluster.ts';

const CHECK_FAILED = 5;
const CLASSES = 10;
const SHARE_MIN = 0.9;

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '100' },
    method: { type: 'string', default: 'sequential' },
    window: { type: 'string' },
    guidance: { type: 'string' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});

const folder = join(packageRoot(), 'models', 'fashion-unet');
const perJob = 5 * CLASSES;
const jobs = Math.ceil(Number(values.samples) / perJob);
const cluster = await realCluster();
const seen = Array.from({ length: CLASSES }, () => new Int32Array(CLASSES));

/** One job: five pictures of every class. */
async function sample(seed: number): Promise<Float32Array> {
  const data = BigInt64Array.from({ length: perJob }, (_, m) => BigInt(m % CLASSES));
  const { samples } = await cluster.run({
    model: 'fashion-unet',
    solver: 'ddpm',
    steps: Number(values.steps),
    seed,
    samples: perJob,
    method: values.method,
    window: values.window === undefined ? undefined : Number(values.window),
    guidance: values.guidance === undefined ? undefined : Number(values.guidance),
    inputs: [{ name: 'class', dtype: 'int64', shape: [perJob], data }],
  });
  return samples;
}

function argMax(logits: Float32Array, row: number): number {
  let best = 0;
  for (let c = 1; c < CLASSES; c++) {
    if ((logits[row * CLASSES + c] ?? 0) > (logits[row * CLASSES + best] ?? 0)) best = c;
  }
  return best;
}

async function classify(session: InferenceSession, samples: Float32Array): Promise<void> {
  const count = samples.length / 784;
  const image = new Tensor('float32', samples, [count, 1, 28, 28]);
  const { logits } = await session.run({ image });
  if (!(logits?.data instanceof Float32Array)) throw new Error('the classifier gave no logits');
  for (let m = 0; m < count; m++) {
    const counts = seen[m % CLASSES];
    const found = argMax(logits.data, m);
    if (counts) counts[found] = (counts[found] ?? 0) + 1;
  }
}

try {
  await cluster.addWorkers(Number(values.workers), ['--backend', 'onnx']);
  const session = await InferenceSession.create(join(folder, 'classifier.onnx'));
  for (let seed = 1; seed <= jobs; seed += 2) {
    const some = [seed, seed + 1].filter((one) => one <= jobs);
    for (const samples of await Promise.all(some.map(sample))) await classify(session, samples);
    process.stderr.write(`${Math.min(seed + 1, jobs) * perJob} samples\r`);
  }
} finally {
  await cluster.close();
}
const shares = seen.map((counts, c) => (counts[c] ?? 0) / counts.reduce((a, b) => a + b, 0));
const total = shares.reduce((a, b) => a + b, 0) / CLASSES;
const rows = shares.map((share, c) => [String(c), `${(100 * share).toFixed(1)} %`]);
const columns = [{ title: 'class' }, { title: 'recognised', align: 'right' as const }];
process.stdout.write(`\n${renderTable(columns, rows)}\n`);
process.stdout.write(`${jobs * perJob} samples, ${(100 * total).toFixed(1)} % recognised\n`);
if (values.json) {
  await writeFile(values.json, `${JSON.stringify({ total, shares, samples: jobs * perJob })}\n`);
}
process.exitCode = total >= SHARE_MIN ? 0 : CHECK_FAILED;
