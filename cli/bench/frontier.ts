/**
 * Error against latency: the same solver with fewer steps beside the parallel methods, since that
 * is what a user would choose instead. What `bench frontier` runs.
 *
 * Every error is RMS against the sequential sample with all N steps, same seed and noise; a solver
 * with fewer steps gets the noise of the N (shared/numerics/few-steps.ts), so that its error is
 * the smallest it can have. Every latency is the wall clock of real jobs on real local clusters,
 * each point on the shape that is fastest for it.
 */
import { coarseSolver } from '../../shared/numerics/few-steps.ts';
import { sequential } from '../../shared/numerics/sequential.ts';
import type { SubmitRequest } from '../client.ts';
import { worstRms } from '../demo/table.ts';
import type { BenchCluster, Shape, Timed } from './bench-cluster.ts';
import type { BenchInputs } from './bench-inputs.ts';
import { localJob, wireInputs } from './local-job.ts';
import type { LocalModel } from './local-job.ts';
import type { MethodSpec, SolverSpec } from './spec.ts';
import { mean, median, worst } from './statistics.ts';

export interface FrontierOptions {
  readonly model: string;
  readonly solver: SolverSpec;
  /** Numbers of steps of the samplers that take fewer. */
  readonly steps: readonly number[];
  readonly methods: readonly MethodSpec[];
  readonly tolerances: readonly number[];
  readonly seeds: readonly number[];
  readonly samples: number;
  readonly guidance: number;
  readonly inputs: BenchInputs;
}

/** One way to a sample. */
interface Choice {
  readonly kind: 'sequential' | 'few-steps' | 'parallel';
  readonly label: string;
  readonly method: MethodSpec | undefined;
  readonly steps: number;
  readonly tolerance: number | undefined;
}

/** One point of the plot, and one record of the JSON file. Times are medians over the seeds. */
export interface FrontierRecord {
  readonly solver: string;
  readonly kind: Choice['kind'];
  readonly label: string;
  readonly steps: number;
  /** As it ran: what `auto` chose. */
  readonly method: string;
  readonly window: number;
  readonly tolerance: number | null;
  readonly wallMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** The shape that was fastest. */
  readonly workers: number;
  readonly threads: number;
  /** Workers that held a block. */
  readonly workersUsed: number;
  readonly rounds: number;
  readonly modelCalls: number;
  /** Of the worst sample of each seed. */
  readonly errorMedian: number;
  readonly errorWorst: number;
  /** The sampler with fewer steps that is nearer and quicker; null where there is none. */
  readonly beatenBy: string | null;
}

/** Samples of the solvers with fewer steps, by number of steps and seed. */
export type FewSteps = ReadonlyMap<number, ReadonlyMap<number, Float32Array>>;

/**
 * The samples that fewer steps give, in this process. To be done before anything is timed: an idle
 * model takes no time from a cluster, a busy one would.
 */
export async function fewStepSamples(
  local: LocalModel,
  options: FrontierOptions,
): Promise<FewSteps> {
  const byStepCount = new Map<number, Map<number, Float32Array>>();
  for (const steps of fewerSteps(options)) {
    const bySeed = new Map<number, Float32Array>();
    for (const seed of options.seeds)
      bySeed.set(seed, await fewStepSample(local, options, { steps, seed }));
    byStepCount.set(steps, bySeed);
  }
  return byStepCount;
}

function fewerSteps({ steps, solver }: FrontierOptions): number[] {
  return [...new Set(steps)].filter((n) => n < solver.steps).toSorted((a, b) => a - b);
}

async function fewStepSample(
  local: LocalModel,
  options: FrontierOptions,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<Float32Array> {
  const { solver, samples, guidance, inputs } = options;
  const request = {
    solver: solver.solver,
    samples,
    seed,
    guidance,
    inputs: wireInputs(inputs(seed, samples)),
  };
  const { problem: fine } = await localJob(local, { ...request, steps: solver.steps });
  const { problem: coarse } = await localJob(local, { ...request, steps });
  const numbers = Int32Array.from({ length: samples }, (_, m) => m);
  const own = coarseSolver(fine.table, coarse.table, fine.noise, fine.dim);
  return sequential({ ...coarse, ...own, samples: numbers });
}

interface Run {
  readonly shape: Shape;
  readonly seed: number;
  readonly timed: Timed;
}

export async function measureFrontier(
  clusters: readonly BenchCluster[],
  options: FrontierOptions,
  few: FewSteps,
  say: (text: string) => void,
): Promise<FrontierRecord[]> {
  const choices = choicesOf(options);
  const runs = new Map<Choice, Run[]>(choices.map((choice) => [choice, []]));
  say('warm-up: one run of every cluster, not counted');
  const [first] = options.seeds;
  for (const cluster of clusters) {
    for (const choice of choices.filter(({ kind }) => kind !== 'few-steps').slice(0, 2)) {
      await cluster.run(requestOf(options, choice, first ?? 0));
    }
  }
  for (const seed of options.seeds) {
    for (const choice of choices) {
      for (const cluster of clusters) {
        const timed = await cluster.run(requestOf(options, choice, seed));
        runs.get(choice)?.push({ shape: cluster.shape, seed, timed });
      }
    }
    say(`seed ${seed} of ${options.seeds.join(', ')}`);
  }
  const [all] = choices;
  const references = new Map(
    (all === undefined ? [] : (runs.get(all) ?? [])).map(({ seed, timed }) => [
      seed,
      timed.result.samples,
    ]),
  );
  const records = choices.map((choice) =>
    recordOf(options, choice, runs.get(choice) ?? [], { references, few }),
  );
  return records.map((record) => ({ ...record, beatenBy: beatenBy(record, records) }));
}

/** All steps first: they are the reference. */
function choicesOf(options: FrontierOptions): Choice[] {
  const { solver, methods, tolerances } = options;
  const plain = { method: undefined, tolerance: undefined };
  return [
    { kind: 'sequential', label: solver.label, steps: solver.steps, ...plain },
    ...fewerSteps(options).map((steps): Choice => {
      return { kind: 'few-steps', label: `${solver.solver}-${steps}`, steps, ...plain };
    }),
    ...methods.flatMap((method) =>
      tolerances.map((tolerance): Choice => {
        const label = `${method.label}, ${tolerance}`;
        return { kind: 'parallel', label, method, steps: solver.steps, tolerance };
      }),
    ),
  ];
}

function requestOf(options: FrontierOptions, choice: Choice, seed: number): SubmitRequest {
  const { model, solver, samples, guidance, inputs } = options;
  const { method, steps, tolerance } = choice;
  const common = { model, solver: solver.solver, steps, samples, seed, guidance };
  const job = { ...common, inputs: inputs(seed, samples) };
  if (method === undefined) return { ...job, method: 'sequential' };
  const { memory, initialization } = method;
  const window = method.window === undefined ? undefined : Math.min(method.window, steps);
  return { ...job, method: method.method, window, tolerance, memory, initialization };
}

interface Truth {
  readonly references: ReadonlyMap<number, Float32Array>;
  readonly few: FewSteps;
}

function recordOf(
  { solver, samples }: FrontierOptions,
  choice: Choice,
  runs: readonly Run[],
  { references, few }: Truth,
): FrontierRecord {
  const { kind, label, steps, tolerance = null } = choice;
  const own = fastest(runs);
  const [first] = own;
  if (first === undefined) throw new RangeError(`nothing was measured of ${label}`);
  const times = own.map(({ timed }) => timed.wallMs);
  const reports = own.map(({ timed }) => timed.result.report);
  const errors = own.map(({ seed, timed }) => {
    const found = kind === 'few-steps' ? few.get(steps)?.get(seed) : timed.result.samples;
    const wanted = references.get(seed);
    return found && wanted ? worstRms(found, wanted, samples) : NaN;
  });
  return {
    solver: solver.label,
    kind,
    label,
    steps,
    method: first.timed.result.report.method,
    window: first.timed.result.report.window,
    tolerance,
    wallMs: median(times),
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    ...first.shape,
    workersUsed: Math.max(...reports.map(({ workers }) => workers)),
    rounds: mean(reports.map(({ rounds }) => rounds)),
    modelCalls: mean(reports.map(({ modelCalls }) => modelCalls)),
    errorMedian: median(errors),
    errorWorst: worst(errors),
    beatenBy: null,
  };
}

/** The runs of the shape whose median is least. */
function fastest(runs: readonly Run[]): Run[] {
  const shapes = [...new Set(runs.map(({ shape }) => shape))];
  const byShape = shapes.map((shape) => runs.filter((run) => run.shape === shape));
  const medianOf = (own: readonly Run[]) => median(own.map(({ timed }) => timed.wallMs));
  return byShape.toSorted((a, b) => medianOf(a) - medianOf(b))[0] ?? [];
}

/** At least as near and at least as quick, in the medians; of several, the nearest. */
function beatenBy(record: FrontierRecord, records: readonly FrontierRecord[]): string | null {
  // Where `auto` fell back it is a plain sampler: only noise could tell the two apart.
  if (record.kind !== 'parallel' || record.method === 'sequential') return null;
  const better = records.filter(
    ({ kind, wallMs, errorMedian }) =>
      kind !== 'parallel' && wallMs <= record.wallMs && errorMedian <= record.errorMedian,
  );
  return better.toSorted((a, b) => a.errorMedian - b.errorMedian)[0]?.label ?? null;
}
