/**
 * Which method, window and blocks will be done first. Pure: latency curves, round trips and the
 * measured convergence of the model go in, the predicted wall clock of every setting comes out.
 */
import type { ConvergenceTable } from '../../shared/kernel/convergence.ts';
import {
  bySpeed,
  namedSetting,
  openSettings,
  sequentialSettings,
  type MethodSetting,
  type SettingsQuestion,
} from './plan/candidates.ts';
import { runsAlone, wallTime, type WallTime } from './plan/cost-model.ts';
import { factorOf, learn, type Experience } from './plan/experience.ts';
import { estimateRounds, type RoundsEstimate } from './plan/rounds-model.ts';

export interface PlanQuestion extends SettingsQuestion {
  readonly model: string;
  readonly solver: string;
  readonly eta: number;
  readonly tolerance: number;
  /** Measured on this model, or assumed from another. */
  readonly convergence: { readonly table: ConvergenceTable; readonly assumed: boolean } | undefined;
  readonly experience: Experience;
  /** Jobs that want the workers now, this one included; default this one. */
  readonly jobs?: number | undefined;
}

/**
 * Latency: as soon as possible, in parallel in time on this job's share of the workers. Throughput:
 * with the fewest model calls, one step at a time on one worker, whose calls jobs share.
 */
export type PlanMode = 'latency' | 'throughput';

export interface Prediction {
  readonly setting: MethodSetting;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly predictedMs: number;
  readonly roundMs: number;
  readonly bytes: number;
  /** Best sequential plan over this one. */
  readonly speedup: number;
}

export interface Plan {
  readonly setting: MethodSetting;
  /** Of the setting; undefined where nobody knows how its method converges. */
  readonly predicted: Prediction | undefined;
  /** The best sequential plan, sample-parallel included. */
  readonly sequential: Prediction;
  /** The fastest first. */
  readonly predictions: readonly Prediction[];
  /** One sentence, for people. */
  readonly reason: string;
  /** Undefined where the request names the method. */
  readonly mode?: PlanMode;
}

/**
 * Parallel plans must promise this much more speed than the best sequential one. Predictions of
 * the two err together where the machine is slow, and apart by about a tenth (docs/planner.md):
 * below it a gain may be a loss, and `auto` promises to lose no more than 5 %.
 */
export const GAIN_MIN = 1.1;
/** Rounds of another model are a guess about this one. */
const ASSUMED_ROUNDS_FACTOR = 1.3;

/** @throws RangeError where there is no worker. */
export function plan(asked: PlanQuestion): Plan {
  const { method } = asked.fixed;
  const { jobs = 1, workers } = asked;
  if (method === undefined && jobs > workers.length && jobs > 1) return throughputPlan(asked, jobs);
  const question = method === undefined ? shareOf(asked, jobs) : asked;
  const sequential = bestSequential(question);
  const settings = method === undefined ? openSettings(question) : [namedSetting(question, method)];
  const predictions = settings
    .flatMap((setting) => predict(question, setting) ?? [])
    .map((one) => ({ ...one, speedup: sequential.predictedMs / one.predictedMs }))
    .sort((a, b) => a.predictedMs - b.predictedMs);
  if (method === undefined) return choose(question, predictions, sequential);
  const reason = 'the request names the method';
  const setting = namedSetting(question, method);
  return { setting, predicted: predictions[0], sequential, predictions, reason };
}

/** A cluster with more jobs than workers is served best by the sampler with the fewest calls. */
function throughputPlan(question: PlanQuestion, jobs: number): Plan {
  const sequential = bestSequential({ ...question, separable: false });
  const { length: workers } = question.workers;
  const many = Number.isFinite(jobs)
    ? `more jobs than its ${workers} workers want the cluster`
    : '';
  const reason = `${many}: one step at a time takes the fewest model calls, and jobs share calls`;
  const { setting } = sequential;
  const predictions = [sequential];
  return { setting, predicted: sequential, sequential, predictions, reason, mode: 'throughput' };
}

/** The workers that a job may count on while others want some as well. */
function shareOf(question: PlanQuestion, jobs: number): PlanQuestion {
  const share = Math.max(1, Math.floor(question.workers.length / jobs));
  if (share >= question.workers.length) return question;
  return { ...question, workers: bySpeed(question.workers).slice(0, share) };
}

function bestSequential(question: PlanQuestion): Prediction {
  const [best] = sequentialSettings(question)
    .flatMap((setting) => predict(question, setting) ?? [])
    .sort((a, b) => a.predictedMs - b.predictedMs);
  if (!best) throw new RangeError('found no worker, expected one to plan for');
  return best;
}

function choose(
  question: PlanQuestion,
  predictions: readonly Prediction[],
  sequential: Prediction,
): Plan {
  const parallel = predictions.find(({ setting }) => setting.method !== 'sequential');
  if (!parallel || parallel.speedup < GAIN_MIN) {
    const reason = whySequential(question, parallel);
    const { setting } = sequential;
    const mode = 'latency';
    return { setting, predicted: sequential, sequential, predictions, reason, mode };
  }
  const gain = `${parallel.speedup.toFixed(2)} times as fast as the best sequential plan`;
  const reason = `predicted to be ${gain}`;
  const { setting } = parallel;
  return { setting, predicted: parallel, sequential, predictions, reason, mode: 'latency' };
}

function whySequential({ convergence }: PlanQuestion, parallel: Prediction | undefined): string {
  if (!convergence) return 'nobody has measured how this model converges';
  if (!parallel) return 'there is nothing to do in parallel';
  const promise = `the best parallel plan promises ${parallel.speedup.toFixed(2)} times the speed`;
  return `${promise}, and below ${GAIN_MIN} it may be slower`;
}

/** Undefined where nothing is known of the method's rounds. */
function predict(question: PlanQuestion, setting: MethodSetting): Prediction | undefined {
  const course = courseOf(question, setting);
  if (!course) return undefined;
  const time = wallTime(question.job, setting, course);
  const predictedMs = corrected(question, setting, time);
  const { rounds, calls: modelCalls } = course;
  const { bytes } = time;
  const roundMs = predictedMs / rounds;
  return { setting, rounds, modelCalls, predictedMs, roundMs, bytes, speedup: 1 };
}

function courseOf(question: PlanQuestion, setting: MethodSetting): RoundsEstimate | undefined {
  const { steps, samples } = question.job;
  if (setting.method === 'sequential') {
    return { rounds: steps, calls: steps * samples, frontier: [], rows: [], rowsLeast: 1 };
  }
  const { convergence } = question;
  if (!convergence) return undefined;
  const estimate = estimateRounds(convergence.table, roundsQuestion(question, setting));
  if (!estimate) return undefined;
  const assumed = convergence.assumed ? ASSUMED_ROUNDS_FACTOR : 1;
  const factor = assumed * factorOf(question.experience, roundsKey(question, setting));
  return withRounds(estimate, Math.min(steps, estimate.rounds * factor));
}

/** A run that takes more rounds takes more calls: its rows are live for longer. */
function withRounds(estimate: RoundsEstimate, rounds: number): RoundsEstimate {
  return { ...estimate, rounds, calls: (estimate.calls * rounds) / estimate.rounds };
}

function roundsQuestion({ job, eta, tolerance }: PlanQuestion, setting: MethodSetting) {
  const { steps, guided } = job;
  const { method, window, groups } = setting;
  const samples = Math.ceil(job.samples / groups);
  return { method, eta, steps, window, guided, tolerance, samples };
}

function corrected(question: PlanQuestion, setting: MethodSetting, time: WallTime): number {
  const { experience } = question;
  const model = time.modelMs * factorOf(experience, modelKey(question, setting));
  return model + time.restMs * factorOf(experience, restKey(question, setting));
}

function roundsKey({ model, solver, job }: PlanQuestion, { method }: MethodSetting): string {
  return ['rounds', model, method, solver, job.guided].join(' ');
}

/** Calls of one row and of many are wrong in different ways. */
function modelKey({ model }: PlanQuestion, { method, workers }: MethodSetting): string {
  const rows = method === 'sequential' ? 'single' : 'many';
  return ['model', model, workers.length, rows].join(' ');
}

function restKey({ model }: PlanQuestion, setting: MethodSetting): string {
  return ['rest', model, runsAlone(setting) ? 'alone' : 'exchange'].join(' ');
}

/** What a job took that had the cluster to itself. */
export interface Outcome {
  readonly rounds: number;
  readonly modelCalls: number;
  readonly wallMs: number;
  /** Inside the model and waiting for it, on the critical path. */
  readonly modelMs: number;
}

/** What the planner knows better after a job with this plan. */
export function experienceOf(
  question: PlanQuestion,
  { setting }: Prediction,
  measured: Outcome,
): Experience {
  const course = courseOf({ ...question, experience: new Map() }, setting);
  if (!course) return question.experience;
  // time is compared for the rounds and calls that there were, so that one error is not two
  const rows = measured.modelCalls / measured.rounds / (course.calls / course.rounds);
  const actual: RoundsEstimate = {
    ...course,
    rounds: measured.rounds,
    calls: measured.modelCalls,
    rows: course.rows.map((share) => Math.min(1, share * rows)),
  };
  const time = wallTime(question.job, setting, actual);
  const ratios: [string, number][] = [
    [modelKey(question, setting), measured.modelMs / time.modelMs],
    [restKey(question, setting), (measured.wallMs - measured.modelMs) / time.restMs],
  ];
  if (setting.method !== 'sequential') {
    ratios.push([roundsKey(question, setting), measured.rounds / course.rounds]);
  }
  return ratios.reduce((known, [key, ratio]) => learn(known, key, ratio), question.experience);
}
