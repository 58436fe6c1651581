/**
 * Runs the jobs whose figures the pictures of docs/CONCEPTS.md show, and writes runs.json:
 *
 *   node docs/generate/pictures/measure.ts
 *
 * Two minutes on two cores. pictures.ts draws them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeNpy } from '../../../shared/protocol/npy.ts';
import type { Curve, Runs, Setting } from './runs.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, 'cli', 'main.ts');
const work = mkdtempSync(join(tmpdir(), 'isochron-pictures-'));

const plain = ['--model', 'fashion-unet', '--guidance', '1'];
const submit = [
  ...['submit', ...plain, '--solver', 'ddpm', '--steps', '100', '--seed', '7'],
  ...['--input', 'class=sneaker', '--method', 'secant', '--window', '25', '--blocks', '4'],
];
const windows = [
  ...['bench', 'rounds', '--solvers', 'ddpm-100', '--seeds', '1..4', '--methods'],
  'secant@2,secant@4,secant@8,secant@16,secant@32,secant@64,secant',
];
const methods = [
  ...['bench', 'rounds', '--solvers', 'ddim-100', '--seeds', '1..4', '--methods'],
  'secant,parataa-2,picard',
];

/** Rows that the picture of the trajectory shows. */
const shown = [0, 20, 40, 55, 65, 75, 82, 88, 94, 100];

function run(args: readonly string[]): string {
  const child = spawnSync(process.execPath, [program, ...args], {
    cwd: work,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`isochron ${args.join(' ')} ended with ${child.status}`);
  return child.stdout;
}

async function withCluster(use: (coordinator: string) => void): Promise<void> {
  const ports = ['--listen', '127.0.0.1:0', '--worker-listen', '127.0.0.1:0'];
  const args = [program, 'up', '--workers', '2', '--data', join(work, 'data'), ...ports];
  const up = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => up.once('close', resolve));
  try {
    const ready = await new Promise<string>((resolve) => up.stdout.once('data', resolve));
    use((JSON.parse(String(ready)) as { coordinator: string }).coordinator);
  } finally {
    up.kill('SIGINT');
    await ended;
  }
}

interface Rounds {
  readonly records: readonly (Setting & { method: string; errorByRound: number[] })[];
}

function bench(args: readonly string[]): Rounds['records'] {
  run([...args, '--json', 'bench.json']);
  return (JSON.parse(readFileSync(join(work, 'bench.json'), 'utf8')) as Rounds).records;
}

/** [round, step, residual] of every evaluation. */
function traceOf(folder: string): [number, number, number][] {
  const [, ...lines] = readFileSync(join(folder, 'trace.csv'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [round = 0, row = 0, residual = 0] = line.split(',').map(Number);
    return [round, row, residual];
  });
}

/** Bytes of some rows, black at -1 and white at 1. */
function statesOf(folder: string): Runs['states'] {
  const file = gunzipSync(readFileSync(join(folder, 'trajectory.npy.gz')));
  const { data, shape } = decodeNpy(file);
  const size = shape.slice(2).reduce((product, side) => product * side, 1);
  return shown.map((row) => {
    const values = Array.from(data.subarray(row * size, (row + 1) * size), Number);
    const bytes = values.map((x) => Math.round(127.5 * (1 + Math.min(1, Math.max(-1, x)))));
    return { row, pixels: Buffer.from(bytes).toString('base64') };
  });
}

let job: Pick<Runs, 'job' | 'trace' | 'states'> | undefined;
await withCluster((coordinator) => {
  const out = ['--out', 'run', '--certify', '--compare-sequential', '--json'];
  const found = JSON.parse(run([...submit, ...out, '--coordinator', coordinator])) as Runs['job'];
  const { rounds, modelCalls, window, blocks, workers, errorEstimate, sequential } = found;
  const figures = { rounds, modelCalls, window, blocks, workers, errorEstimate, sequential };
  job = { job: figures, trace: traceOf(join(work, 'run')), states: statesOf(join(work, 'run')) };
});
if (job === undefined) throw new Error('the job did not run');

const curves: Curve[] = bench(methods).map(({ method, errorByRound }) => {
  return { method, errors: errorByRound.map((error) => Number(error.toPrecision(3))) };
});
const settings: Setting[] = bench(windows).map(({ window, rounds, modelCalls }) => {
  return { window, rounds, modelCalls };
});
const commands = [submit, windows, methods].map((args) => `isochron ${args.join(' ')}`);
const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`;
const runs: Runs = { machine, commands, ...job, windows: settings, methods: curves };
writeFileSync(join(import.meta.dirname, 'runs.json'), `${JSON.stringify(runs)}\n`);
rmSync(work, { recursive: true });
