/**
 * `npm run test:parity`: pictures of isochron beside those of diffusers' own pipelines, for the
 * same noise, prompts, guidance and scheduler. A coordinator and two worker processes read the
 * prompts, sample and make the pictures, as for any user. The first run makes a Python environment
 * and tiny pipelines (some minutes, 6 GB); `--work DIR` says where, and what is there is kept.
 */
import { parseArgs } from 'node:util';
import type { JobResult, SubmitRequest } from '../../cli/client.ts';
import { renderTable } from '../../cli/output/table.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import { maxDifference } from '../../shared/numerics/vector.ts';
import { pictureOf } from '../../worker/backend/diffusers/picture.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';
import { askedFor, bytesOf, floatsOf, readCases, type ParityCase } from './cases.ts';
import { pipelines, prepare } from './prepare.ts';

/** Of 255: what a picture may differ by. */
const PICTURE_MAX = 2;
const TOLERANCE = 1e-3;
const WORKERS = 2;
const { values } = parseArgs({ options: { work: { type: 'string', default: '.venv/parity' } } });
const folders = prepare(values.work);

interface Compared {
  readonly one: ParityCase;
  readonly latents: number;
  readonly picture: number;
  readonly rows: number;
  readonly rounds: number;
  readonly error: number;
  readonly parallelPicture: number;
}

function furthest(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, k) => Math.max(most, Math.abs(value - (b[k] ?? 0))), 0);
}

async function compare(
  cluster: RealCluster,
  one: ParityCase,
  request: SubmitRequest,
): Promise<Compared> {
  const { reference } = folders;
  const wanted = floatsOf(reference, one.files['latents'] ?? '');
  const pictures = bytesOf(reference, one.files['images'] ?? '');
  const sampled = async (method: string): Promise<JobResult> => {
    const { report } = await cluster.run({ ...request, method, tolerance: TOLERANCE });
    return cluster.client.result(report.job, { pictures: true });
  };
  const sequential = await sampled('sequential');
  const parallel = await sampled('secant');
  const size = wanted.length;
  return {
    one,
    latents: maxDifference(sequential.samples, 0, wanted, 0, size),
    picture: furthest(pixelsOf(sequential), pictures),
    rows: parallel.report.rows,
    rounds: parallel.report.rounds,
    error: rmsDifference(parallel.samples, 0, sequential.samples, 0, size),
    parallelPicture: furthest(pixelsOf(parallel), pictures),
  };
}

/** Of all samples; those of a pipeline without a decoder are pictures already. */
function pixelsOf({ report, samples, pictures, noPictures }: JobResult): Uint8Array {
  if (noPictures !== '') throw new Error(noPictures);
  const dim = samples.length / report.samples;
  const made = report.latents
    ? pictures
    : Array.from({ length: report.samples }, (_, k) =>
        pictureOf(samples.subarray(k * dim, (k + 1) * dim), report.sampleShape),
      );
  return Uint8Array.from(Buffer.concat(made.map(({ data }) => data)));
}

const all: Compared[] = [];
const cluster = await realCluster();
try {
  const models = ['--backend', 'onnx', '--models', folders.exported, '--log-level', 'fatal'];
  await cluster.addWorkers(WORKERS, models);
  const cases = readCases(folders.reference);
  for (const one of pipelines.flatMap((name) => cases.filter((some) => some.pipeline === name))) {
    const request = await askedFor(folders.reference, one);
    if (request) all.push(await compare(cluster, one, request));
    else process.stderr.write(`not compared: ${one.pipeline} ${one.case}\n`);
  }
} finally {
  await cluster.close();
}
const columns = [
  'pipeline',
  'case',
  'latents',
  'picture',
  'rows',
  'rounds',
  'error',
  'parallel picture',
];
const lines = all.map(({ one, latents, picture, rows, rounds, error, parallelPicture }) => [
  one.pipeline,
  one.case,
  latents.toExponential(1),
  `${picture}/255`,
  rows,
  rounds,
  error.toExponential(1),
  `${parallelPicture}/255`,
]);
const table = renderTable(
  columns.map((title) => ({ title })),
  lines,
);
process.stdout.write(`${table}\n`);
const within = (value: number): boolean => value <= PICTURE_MAX;
const held = all.filter((one) => within(one.picture) && within(one.parallelPicture)).length;
process.stdout.write(`${held} of ${all.length} pictures within ${PICTURE_MAX}/255\n`);
if (held < all.length || all.length === 0) process.exitCode = 5;
