/**
 * `npm run test:parity`: pictures of isochron beside those of diffusers' own pipelines, for the
 * same noise, conditions, guidance and scheduler. The first run makes a Python environment and tiny
 * pipelines (some minutes, 6 GB); `--work DIR` says where, and a folder that is there is kept.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localJob, openLocalModel, type LocalModel } from '../../cli/bench/local-job.ts';
import { wireInputs } from '../../cli/bench/local-job.ts';
import { renderTable } from '../../cli/output/table.ts';
import { drive } from '../../shared/numerics/drive.ts';
import { maxDifference, rmsDifference } from '../../shared/numerics/vector.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { askedFor, bytesOf, floatsOf, inputsOf, readReference } from './cases.ts';
import type { ParityCase, Reference } from './cases.ts';
import { picturesOf } from './decode.ts';

/** Of 255: what a picture may differ by. */
const PICTURE_MAX = 2;
const TOLERANCE = 1e-3;
const pipelines = [
  'stable-diffusion',
  'stable-diffusion-xl',
  'stable-diffusion-3',
  'unconditional',
] as const;

const { values } = parseArgs({ options: { work: { type: 'string', default: '.venv/parity' } } });
const scripts = join(packageRoot(), 'test', 'parity');
const work = values.work;
const folders = {
  pipelines: join(work, 'pipelines'),
  exported: join(work, 'exported'),
  reference: join(work, 'reference'),
};

function run(program: string, ...args: readonly string[]): void {
  process.stderr.write(`${program} ${args.join(' ')}\n`);
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${status}`);
}

/** What is not there yet; a run that broke off is begun again where it was. */
function prepare(): void {
  mkdirSync(work, { recursive: true });
  const python = join(work, 'environment', 'bin', 'python');
  const script = (name: string) => join(scripts, name);
  if (!existsSync(join(folders.reference, 'conditions.json')) && !existsSync(python)) {
    run('python3', '-m', 'venv', join(work, 'environment'));
    run(python, '-m', 'pip', 'install', '-q', '-r', script('requirements.txt'));
  }
  if (!existsSync(join(folders.pipelines, 'unconditional', 'model_index.json'))) {
    run(python, script('make_pipelines.py'), '--out', folders.pipelines);
  }
  for (const name of pipelines) {
    const [from, to] = [join(folders.pipelines, name), join(folders.exported, name)];
    if (existsSync(join(to, 'model_index.json'))) continue;
    run(python, join(packageRoot(), 'models', 'export', 'export.py'), from, to);
  }
  const { exported, reference } = folders;
  if (!existsSync(join(reference, 'index.json'))) {
    run(python, script('reference.py'), '--pipelines', folders.pipelines, '--out', reference);
  }
  if (existsSync(join(reference, 'conditions.json'))) return;
  run(python, script('conditions.py'), '--exported', exported, '--reference', reference);
}

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
  local: LocalModel,
  reference: Reference,
  one: ParityCase,
): Promise<Compared | undefined> {
  const request = askedFor(one);
  if (!request) return undefined;
  const { folder } = reference;
  const inputs = wireInputs(await inputsOf(reference, one, local.model.conditions));
  const job = await localJob(local, { ...request, inputs, method: 'secant', tolerance: TOLERANCE });
  const [wanted, pictures] = [
    floatsOf(folder, one.files['latents'] ?? ''),
    bytesOf(folder, one.files['images'] ?? ''),
  ];
  const found = await job.reference();
  const { samples, rounds } = await drive(job.problem);
  const shape = [one.samples, ...one.shape];
  const exported = join(folders.exported, one.pipeline);
  const size = wanted.length;
  return {
    one,
    latents: maxDifference(found, 0, wanted, 0, size),
    picture: furthest(await picturesOf(exported, found, shape), pictures),
    rows: job.problem.table.steps,
    rounds,
    error: rmsDifference(samples, 0, found, 0, size),
    parallelPicture: furthest(await picturesOf(exported, samples, shape), pictures),
  };
}

prepare();
const reference = readReference(folders.reference);
const all: Compared[] = [];
for (const name of pipelines) {
  const local = await openLocalModel(name, 1, folders.exported);
  for (const one of reference.cases.filter(({ pipeline }) => pipeline === name)) {
    const found = await compare(local, reference, one);
    if (found) all.push(found);
    else process.stderr.write(`not compared: ${name} ${one.case}\n`);
  }
  await local.close();
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
