/**
 * How many rounds does each method need? Runs every method on every solver and seed in one process,
 * with true errors against the sequential sampler, and prints one table.
 *
 *   npm run bench:rounds -- --model fashion-unet --solvers ddim-100,ddpm-100 \
 *     --methods secant,parataa-1,parataa-2,parataa-4 --seeds 1..16 --json rounds.json
 *
 * A method may carry its Anderson depth (`parataa-2`) and, after a colon, how rows enter
 * (`parataa-2:denoised`). Class k of the model goes with seed k mod 10.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { renderTable } from '../cli/output/table.ts';
import { drive } from '../shared/numerics/drive.ts';
import { isMethodName } from '../shared/numerics/solver/method.ts';
import { rmsDifference } from '../shared/numerics/vector.ts';
import { localJob, openLocalModel, type LocalModel, type Request } from './support/local-job.ts';

interface Variant {
  readonly label: string;
  readonly method: string;
  /** Empty for the method's own. */
  readonly initialization: string;
  readonly memory: number;
}

interface Run {
  readonly rounds: number;
  readonly modelCalls: number;
  readonly error: number;
  readonly to1e2: number;
  readonly to1e3: number;
}

interface Case {
  readonly solver: 'ddim' | 'ddpm';
  readonly steps: number;
  readonly window: number;
  readonly tolerance: number;
  readonly guidance: number | undefined;
}

/** One record of the JSON file; see system.md section 5. */
interface Record extends Pick<Case, 'window'> {
  readonly solver: string;
  readonly method: string;
  readonly seeds: number;
  readonly rounds: number;
  readonly roundsWorst: number;
  readonly modelCalls: number;
  readonly roundsTo1e2: number;
  readonly roundsTo1e3: number;
  readonly errorMedian: number;
  readonly errorWorst: number;
}

function variantOf(text: string): Variant {
  const [head = '', initialization = ''] = text.split(':');
  const depth = /^parataa-(\d)$/.exec(head);
  const method = depth ? 'parataa' : head;
  if (!isMethodName(method)) throw new Error(`--methods: found "${text}", expected a method`);
  return { label: text, method, initialization, memory: Number(depth?.[1] ?? 1) };
}

function rms(a: Float32Array, b: Float32Array): number {
  return rmsDifference(a, 0, b, 0, a.length);
}

function requestOf(local: LocalModel, one: Case, seed: number): Request {
  const [condition] = local.model.conditions;
  const data = Buffer.alloc(8);
  data.writeBigInt64LE(BigInt(seed % (condition?.labels.length || 1)));
  const { solver, steps, tolerance, window, guidance } = one;
  return {
    solver,
    steps,
    seed,
    tolerance,
    window,
    inputs: condition ? [{ name: condition.name, dtype: 'int64', shape: [], data }] : [],
    ...(guidance === undefined ? {} : { guidance }),
  };
}

async function runSeed(
  local: LocalModel,
  one: Case,
  variants: readonly Variant[],
  seed: number,
): Promise<Run[]> {
  const request = requestOf(local, one, seed);
  const reference = await (await localJob(local, request)).reference();
  const runs: Run[] = [];
  for (const { method, initialization, memory } of variants) {
    const { problem } = await localJob(local, { ...request, method, initialization }, { memory });
    let [to1e2, to1e3] = [Infinity, Infinity];
    const result = await drive(problem, ({ round, edge }) => {
      if (edge.row < one.steps) return;
      const error = rms(edge.state, reference);
      if (error <= 1e-2) to1e2 = Math.min(to1e2, round);
      if (error <= 1e-3) to1e3 = Math.min(to1e3, round);
    });
    const { rounds, modelCalls, samples } = result;
    runs.push({ rounds, modelCalls, error: rms(samples, reference), to1e2, to1e3 });
  }
  return runs;
}

function summarize(one: Case, { label }: Variant, runs: readonly Run[]): Record {
  const mean = (of: (run: Run) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const errors = runs.map(({ error }) => error).sort((a, b) => a - b);
  return {
    solver: `${one.solver}-${one.steps}`,
    method: label,
    window: one.window,
    seeds: runs.length,
    rounds: mean(({ rounds }) => rounds),
    roundsWorst: Math.max(...runs.map(({ rounds }) => rounds)),
    modelCalls: mean(({ modelCalls }) => modelCalls),
    roundsTo1e2: mean(({ to1e2 }) => to1e2),
    roundsTo1e3: mean(({ to1e3 }) => to1e3),
    errorMedian: errors[Math.floor(errors.length / 2)] ?? NaN,
    errorWorst: errors.at(-1) ?? NaN,
  };
}

function printTable(records: readonly Record[]): void {
  const columns = [
    { title: 'solver' },
    { title: 'method' },
    ...['window', 'rounds', 'worst', 'calls', 'to 1e-2', 'to 1e-3', 'error', 'worst error'].map(
      (title) => ({ title, align: 'right' as const }),
    ),
  ];
  const rows = records.map((r) => [
    r.solver,
    r.method,
    String(r.window),
    r.rounds.toFixed(1),
    String(r.roundsWorst),
    r.modelCalls.toFixed(0),
    r.roundsTo1e2.toFixed(2),
    r.roundsTo1e3.toFixed(2),
    r.errorMedian.toExponential(1),
    r.errorWorst.toExponential(1),
  ]);
  process.stdout.write(`${renderTable(columns, rows)}\n`);
}

function caseOf(text: string, values: { window?: string; tolerance: string; guidance?: string }) {
  const [solver, steps] = text.split('-');
  if (solver !== 'ddim' && solver !== 'ddpm') throw new Error(`--solvers: found "${text}"`);
  const { window, tolerance, guidance } = values;
  return {
    solver,
    steps: Number(steps),
    window: Math.min(Number(steps), Number(window ?? steps)),
    tolerance: Number(tolerance),
    guidance: guidance === undefined ? undefined : Number(guidance),
  } satisfies Case;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'fashion-unet' },
    solvers: { type: 'string', default: 'ddim-50,ddim-100,ddpm-100' },
    methods: { type: 'string', default: 'picard,picard-eps,secant,parataa-1,parataa-2,parataa-4' },
    seeds: { type: 'string', default: '1..4' },
    tolerance: { type: 'string', default: '0.01' },
    window: { type: 'string' },
    guidance: { type: 'string' },
    threads: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const local = await openLocalModel(values.model, Number(values.threads));
const [first = 1, last = first] = values.seeds.split('..').map(Number);
const variants = values.methods.split(',').map(variantOf);
const records: Record[] = [];
for (const text of values.solvers.split(',')) {
  const one = caseOf(text, values);
  const runs: Run[][] = [];
  for (let seed = first; seed <= last; seed++) {
    runs.push(await runSeed(local, one, variants, seed));
    process.stderr.write(`${text}: seed ${seed} of ${first}..${last}\r`);
  }
  for (const [k, variant] of variants.entries()) {
    const own = runs.flatMap((seed) => seed[k] ?? []);
    records.push(summarize(one, variant, own));
  }
}
process.stderr.write('\n');
printTable(records);
if (values.json) await writeFile(values.json, `${JSON.stringify({ records }, null, 2)}\n`);
await local.close();
