/** The planner's questions, put together from what workers registered and were measured at. */
import type { ConvergenceTable } from '../../shared/kernel/convergence.ts';
import { sharedBatch, worthwhileBatch } from '../../shared/numerics/batches.ts';
import { rescaled } from '../../shared/numerics/latency-curve.ts';
import type { StopRule } from '../../shared/numerics/solver/stop-rules.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { Fixed } from '../core/plan/candidates.ts';
import type { PlanWorker } from '../core/plan/cost-model.ts';
import { noExperience, type Experience } from '../core/plan/experience.ts';
import { experienceOf, plan, type Outcome, type Plan, type PlanQuestion } from '../core/planner.ts';
import type { WorkerRegistry, WorkerSession } from './worker-session.ts';

/** What a request says, and the model it is for. */
export interface JobQuestion {
  readonly model: RegisteredModel;
  readonly solver: string;
  /** 0 is the deterministic sampler, 1 is DDPM. */
  readonly eta: number;
  readonly steps: number;
  /** Latents of a row, which its vector work and its boundaries have; default 1. */
  readonly parts?: number | undefined;
  readonly samples: number;
  /** The model runs in pairs. */
  readonly guided: boolean;
  readonly tolerance: number;
  readonly stop: StopRule;
  readonly fixed: Fixed;
  /** Nothing in the request needs all samples in one piece. */
  readonly separable: boolean;
  /** Jobs that want the workers now, this one included; default this one. */
  readonly jobs?: number | undefined;
}

export interface PlannedJob {
  readonly plan: Plan;
  readonly question: PlanQuestion;
}

export type PlanJob = (question: JobQuestion) => PlannedJob;

export interface Planner {
  readonly plan: PlanJob;
  /** What a job with this plan took that had the cluster to itself. */
  learn(planned: PlannedJob, measured: Outcome): void;
}

export interface PlannerOptions {
  readonly workers: WorkerRegistry;
  /** Not draining. */
  readonly takesBlocks: (worker: string) => boolean;
  /** Of the bundled model, for models that nobody measured. */
  readonly defaults: ConvergenceTable | undefined;
}

/** Until it was measured; a message to another process of this machine takes less. */
const RTT_MS = 1;

export function createPlanner({ workers, takesBlocks, defaults }: PlannerOptions): Planner {
  let experience = noExperience;
  return {
    plan: (question) => {
      const able = workers.all().filter(({ id, data }) => data !== undefined && takesBlocks(id));
      const own = able.flatMap((session) => planWorker(session, question) ?? []);
      // a job may be checked before any worker is free for it
      const some = own.length > 0 ? own : [soleWorker(question)];
      return answer(question, some, { defaults, experience });
    },
    learn: ({ question, plan: { predicted } }, measured) => {
      if (predicted) experience = experienceOf({ ...question, experience }, predicted, measured);
    },
  };
}

/** For a job that runs in one process, as the model there was measured. */
export function planAlone(question: JobQuestion): PlannedJob {
  const known = { defaults: undefined, experience: noExperience };
  return answer(question, [soleWorker(question)], known);
}

/** The cheapest plan that there is, to check a request that will be planned in its turn. */
export function planLater(question: JobQuestion): PlannedJob {
  return planAlone({ ...question, jobs: Infinity });
}

interface Known {
  readonly defaults: ConvergenceTable | undefined;
  readonly experience: Experience;
}

function answer(
  { model, steps, parts = 1, samples, guided, stop, ...asked }: JobQuestion,
  workers: readonly PlanWorker[],
  { defaults, experience }: Known,
): PlannedJob {
  const { sharedTimestep } = model;
  const dim = parts * model.dim;
  // the figures are those of our own rule: of another one nothing is predicted, and nothing learnt
  const table = stop === 'final' ? (model.convergence ?? defaults) : undefined;
  const question: PlanQuestion = {
    ...asked,
    model: model.sha256,
    job: { steps, samples, dim, guided, sharedTimestep },
    workers,
    convergence: table && { table, assumed: model.convergence === undefined },
    experience,
  };
  return { question, plan: plan(question) };
}

function planWorker(
  { id, models, rttMs = RTT_MS, figures }: WorkerSession,
  { model: wanted, guided }: JobQuestion,
): PlanWorker | undefined {
  const model = models.find(({ sha256, name }) => sha256 === wanted.sha256 && name === wanted.name);
  if (!model) return undefined;
  const { latencyCurve } = model;
  const shared = figures.get(model.name);
  return {
    id,
    rttMs,
    batchMax: worthwhileBatch(model, guided),
    sharedMax: sharedBatch(model),
    curve: shared?.alone ? rescaled(latencyCurve, shared.alone) : latencyCurve,
    ...(shared && { crowded: rescaled(latencyCurve, shared.crowded) }),
    crowd: shared?.crowd ?? 1,
  };
}

function soleWorker({ model, guided }: JobQuestion): PlanWorker {
  const { latencyCurve: curve } = model;
  const [batchMax, sharedMax] = [worthwhileBatch(model, guided), sharedBatch(model)];
  return { id: '', rttMs: RTT_MS, batchMax, sharedMax, curve, crowd: 1 };
}
