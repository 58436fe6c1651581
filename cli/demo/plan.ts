/** What the demo runs, and how long that takes. */
import type { AvailableModel, InputTensor } from '../client.ts';

/** Two workers of one thread: what the reference machine has cores for. */
export const demoWorkers = 2;

const SAMPLES_MAX = 10;
const TOLERANCE = 0.01;
const STEPS_WANTED = 50;
const STEPS_ON_A_SLOW_MACHINE = 25;
/** The forecast, made on an idle worker, may be wrong by a third when all are busy. */
const FORECAST_MS_MAX = 110_000;

export interface DemoPlan {
  readonly model: AvailableModel;
  readonly steps: number;
  readonly samples: number;
  readonly inputs: readonly InputTensor[];
  readonly tolerance: number;
  /** Of the pictures. */
  readonly folder: string;
  readonly runs: readonly DemoRun[];
}

export interface DemoRun {
  /** As in the table; also the stem of its pictures. */
  readonly name: string;
  readonly method: string;
  readonly window: number;
  readonly blocks?: number;
  /** Model calls over those of the sequential sampler (measured: fashion-unet, ddim 50 steps). */
  readonly work: number;
}

/** Everything at 50 steps, or at 25 where that would take too long; `steps` overrides both. */
export function planDemo(
  model: AvailableModel,
  options: { readonly steps?: number; readonly quick: boolean; readonly out: string },
): DemoPlan {
  const { samples, inputs } = demoInputs(model, SAMPLES_MAX);
  const fixed = { model, samples, inputs, tolerance: TOLERANCE, folder: options.out };
  const at = (steps: number): DemoPlan => {
    return { ...fixed, steps, runs: demoRuns(steps, options.quick) };
  };
  if (options.steps !== undefined) return at(options.steps);
  const wanted = at(STEPS_WANTED);
  return forecastMs(wanted) <= FORECAST_MS_MAX ? wanted : at(STEPS_ON_A_SLOW_MACHINE);
}

/**
 * The sequential sampler, which the others are compared with; every method with all steps in the
 * window, where rounds are fewest; and the small window that two busy workers would really use.
 */
export function demoRuns(steps: number, quick: boolean): DemoRun[] {
  const all = { window: steps };
  const narrow = Math.min(8, steps);
  const runs: DemoRun[] = [
    { name: 'sequential', method: 'sequential', window: 1, work: 1 },
    { name: 'picard', method: 'picard', ...all, work: 4.3 },
    { name: 'picard-eps', method: 'picard-eps', ...all, work: 10 },
    { name: 'secant', method: 'secant', ...all, work: 3.3 },
    { name: 'parataa', method: 'parataa', ...all, work: 6.2 },
    // SRDS: blocks of about the square root of the steps balance the coarse and the fine chain.
    {
      name: 'parareal',
      method: 'parareal',
      ...all,
      blocks: Math.ceil(Math.sqrt(steps)),
      work: 2.7,
    },
    { name: `secant, window ${narrow}`, method: 'secant', window: narrow, work: 1.6 },
  ];
  const chosen = ['sequential', 'secant', `secant, window ${narrow}`];
  return quick ? runs.filter(({ name }) => chosen.includes(name)) : runs;
}

/** One sample of every class, as far as the model has any. */
export function demoInputs(
  model: AvailableModel,
  samplesMax: number,
): { readonly samples: number; readonly inputs: readonly InputTensor[] } {
  const [condition] = model.conditions;
  if (condition === undefined || condition.dtype === 'float32' || condition.shape.length > 0) {
    return { samples: samplesMax, inputs: [] };
  }
  const { name, minimum, maximum } = condition;
  const samples = Math.min(samplesMax, maximum - minimum + 1);
  const classes = Array.from({ length: samples }, (_, sample) => BigInt(minimum + sample));
  const data = BigInt64Array.from(classes);
  return { samples, inputs: [{ name, dtype: 'int64', shape: [samples], data }] };
}

/** Milliseconds that the runs need, from the latency that the workers measured. */
export function forecastMs({ model, runs, steps, samples }: Omit<DemoPlan, 'inputs'>): number {
  const perRow = model.latencyCurve.map(({ batch, ms }) => ms / batch);
  const best = perRow.length === 0 ? 0 : Math.min(...perRow);
  // A guided row is a pair: with and without its condition.
  const rowMs = best * (model.guidance > 1 ? 2 : 1);
  const sequentialMs = rowMs * steps * samples;
  return runs.reduce((sum, run) => sum + (run.work * sequentialMs) / workersOf(run), 0);
}

/** A sequential run keeps one worker busy, the others all of them. */
export function workersOf({ method }: DemoRun): number {
  return method === 'sequential' ? 1 : demoWorkers;
}
