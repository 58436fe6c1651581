/** The share of fashion-unet's pictures in which a classifier sees the class asked for. */
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { renderTable } from '../../cli/output/table.ts';
import { forEachJob, type Quality, type RunJob } from './quality.ts';

const CLASSES = 10;
const PIXELS = 784;
const SHARE_MIN = 0.9;
/** One job: five pictures of every class. */
const PER_JOB = 5 * CLASSES;

/** Samples about `count` pictures, the same number of every class. */
export async function pictureQuality(folder: string, run: RunJob, count = 1000): Promise<Quality> {
  const seen = Array.from({ length: CLASSES }, () => new Int32Array(CLASSES));
  const session = await InferenceSession.create(join(folder, 'classifier.onnx'));
  const jobs = Math.ceil(count / PER_JOB);
  const data = BigInt64Array.from({ length: PER_JOB }, (_, m) => BigInt(m % CLASSES));
  const inputs = [{ name: 'class', dtype: 'int64' as const, shape: [PER_JOB], data }];
  await forEachJob(
    jobs,
    (seed) => run({ seed, samples: PER_JOB, inputs }),
    (samples) => classify(session, samples, seen),
  );
  const shares = seen.map((counts, c) => (counts[c] ?? 0) / counts.reduce((a, b) => a + b, 0));
  const share = shares.reduce((a, b) => a + b, 0) / CLASSES;
  const rows = shares.map((one, c) => [String(c), `${(100 * one).toFixed(1)} %`]);
  const columns = [{ title: 'class' }, { title: 'recognised', align: 'right' as const }];
  const line = `${jobs * PER_JOB} samples, ${(100 * share).toFixed(1)} % recognised`;
  const report = `${renderTable(columns, rows)}\n${line}`;
  return { report, share, shareMin: SHARE_MIN, details: { shares, samples: jobs * PER_JOB } };
}

async function classify(
  session: InferenceSession,
  samples: Float32Array,
  seen: readonly Int32Array[],
): Promise<void> {
  const count = samples.length / PIXELS;
  const image = new Tensor('float32', samples, [count, 1, 28, 28]);
  const { logits } = await session.run({ image });
  if (!(logits?.data instanceof Float32Array)) throw new Error('the classifier gave no logits');
  for (let m = 0; m < count; m++) {
    const counts = seen[m % CLASSES];
    const found = argMax(logits.data, m);
    if (counts) counts[found] = (counts[found] ?? 0) + 1;
  }
}

function argMax(logits: Float32Array, row: number): number {
  let best = 0;
  for (let c = 1; c < CLASSES; c++) {
    if ((logits[row * CLASSES + c] ?? 0) > (logits[row * CLASSES + best] ?? 0)) best = c;
  }
  return best;
}
