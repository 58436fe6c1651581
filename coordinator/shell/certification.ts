/**
 * The certificate of a trajectory: a job of its own, which starts from the trajectory, runs one
 * round with all rows live, and tells the residual of each. The same job verifies what a client
 * brings along.
 */
import { createHash } from 'node:crypto';
import type { Certificate } from '../../proto/generated/isochron/v1/Certificate.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { assert } from '../../shared/kernel/assert.ts';
import { guidanceSpread } from '../../shared/numerics/guidance.ts';
import { spanOf } from '../../shared/numerics/bundle.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import { certifiedEstimate } from '../../shared/numerics/solver/error-bound.ts';
import { rmsDifference } from '../../shared/numerics/differences.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { JobState } from '../core/state.ts';
import { invalid } from './invalid.ts';
import { batchJitterOf } from './jitter-check.ts';
import type { GivenTrajectory, JobRecord } from './job-record.ts';
import type { PlanJob } from './planning.ts';
import { stoppingOf } from './stopping.ts';
import { resolveSubmission, type Submission } from './submission.ts';
import type { WorkerRegistry } from './worker-session.ts';

/** What the audit of a job is asked with: what is sampled stays, how it was is another matter. */
export function auditRequest(request: SubmitRequest__Output): SubmitRequest__Output {
  const { tolerance } = stoppingOf(request);
  const plain = { ...request, method: 'secant', stop: '', initialization: '', tolerance };
  delete plain.window;
  delete plain.memory;
  delete plain.order;
  delete plain.maxLag;
  return { ...plain, everyRow: true, roundsMax: 1, certify: false, compareSequential: false };
}

/** The plan and the job of a record, whatever kind of job it is. */
export function resolveRecord(
  { request, given, audits }: Pick<JobRecord, 'request' | 'given' | 'audits'>,
  model: RegisteredModel,
  planJob?: PlanJob,
): Submission {
  const submission = resolveSubmission(request, model, planJob);
  if (audits) return audit(submission, request.blocks ?? 0);
  return given ? startingFrom(submission, given) : submission;
}

/** One round, every row live from the start, and exactly the states that are given. */
function audit({ plan, spec, ...same }: Submission, blocks: number): Submission {
  const { steps } = plan;
  const whole = { window: steps, roundsMax: 1, blocks, guess: false, deal: undefined };
  // it is a check itself
  const plain = { keepRows: false, resumable: false, checkable: false };
  return {
    plan: { ...plan, ...whole, ...plain, given: true, audit: true },
    spec: { ...spec, window: steps, keepRows: false, givenSeed: spec.seed },
    ...same,
    guess: undefined,
  };
}

/**
 * The guess of x0-hat moves the given states to other conditions or another seed. Where both are
 * the same there is nothing to move, and the states themselves are the better guess (measured:
 * docs/NUMERICS.md, "Starting from a trajectory").
 */
function startingFrom(submission: Submission, given: GivenTrajectory): Submission {
  const { plan, spec } = submission;
  if (plan.method === 'parareal') {
    const expected = 'another one: parareal starts from a coarse value of each block';
    throw invalid('method', plan.method, expected);
  }
  const moves = given.seed !== spec.seed || !given.sameConditions;
  return {
    ...submission,
    plan: { ...plan, given: true, guess: plan.guess && moves },
    spec: { ...spec, givenSeed: given.seed },
  };
}

/** A certificate that says why there is none. */
export function uncertified(reason: string): Certificate {
  return { passed: false, reason: `not certified: ${reason}` };
}

export interface Audited {
  readonly workers: Pick<WorkerRegistry, 'all'>;
  /** The audit, which is over. */
  readonly record: JobRecord;
  readonly job: JobState;
  /** Milliseconds on the clock of `job` from which it counts. */
  readonly sinceMs: number;
}

/** What the round found; `uncertified` where it did not end as it should. */
export function certificateOf({ workers, record, job, sinceMs }: Audited): Certificate {
  const { resolved, given, residuals, samples } = record;
  if (job.phase !== 'done')
    return uncertified(job.failure?.message ?? `the round was ${job.phase}`);
  assert(resolved && given && samples, `audit ${record.id} is done without what it is about`);
  const { spec, table, model, sampler } = resolved;
  const bad = residuals ? residuals.findIndex((one) => !Number.isFinite(one)) : 0;
  if (!residuals || bad >= 0) {
    const step = Math.floor(bad / spec.samples);
    return uncertified(`step ${step} has no finite residual`);
  }
  const at = residuals.reduce((most, one, k) => (one > (residuals[most] ?? 0) ? k : most), 0);
  const residualMax = residuals[at] ?? 0;
  const [residualRow, residualSample] = [Math.floor(at / spec.samples), at % spec.samples];
  const passed = residualMax <= spec.tolerance;
  const where = `step ${residualRow}, sample ${residualSample}`;
  const found = `the residual of ${where} is ${residualMax.toExponential(2)}`;
  const amplified = guidanceSpread(spec.guidance);
  return {
    passed,
    reason: passed ? '' : `${found}, above the tolerance of ${spec.tolerance}`,
    residualMax,
    residualRow,
    residualSample,
    increments: incrementsOf(samples, given.states, { ...spec, table }),
    errorEstimate: errorEstimateOf(residuals, spec),
    modelCalls: job.tally.modelCalls,
    forwardPasses: job.tally.forwardPasses,
    wallMs: job.endedMs - sinceMs,
    workers: record.workersUsed.size,
    blocks: job.partition.length,
    eta: sampler.solver === 'ddpm' ? 1 : (sampler.eta ?? 0),
    spacing: sampler.spacing,
    sigmas: sampler.sigmas,
    guidanceSchedule: record.request.guidanceSchedule,
    solverOptions: sampler.solverOptions,
    gridSha256: gridSha256(spec),
    initialScale: spec.initialScale ?? 1,
    outputScales: Array.from(table.outputScale, (scale) => scale * amplified),
    batchJitter: batchJitterOf(workers, model),
  };
}

/** How far the scan moved the last row of each sample: every residual, propagated to the end. */
function incrementsOf(
  scanned: Float32Array,
  states: Float32Array,
  job: { readonly samples: number; readonly dim: number; readonly table: StepTable },
): number[] {
  const { samples, dim } = job;
  const span = spanOf(job);
  const last = states.length - samples * span;
  return Array.from({ length: samples }, (_, m) =>
    rmsDifference(scanned, m * dim, states, last + m * span, dim),
  );
}

/** Of the worst sample, from the defects that were measured (`error-bound.ts`). */
function errorEstimateOf(
  residuals: Float32Array,
  { samples, contraction }: Pick<Submission['spec'], 'samples' | 'contraction'>,
): number {
  const steps = residuals.length / samples;
  const estimates = Array.from({ length: samples }, (_, m) => {
    const own = Float64Array.from({ length: steps }, (_, i) => residuals[i * samples + m] ?? 0);
    return certifiedEstimate(own, contraction);
  });
  return Math.max(...estimates);
}

/** Of everything that says what the steps of a job are. */
export function gridSha256({ rule, initialScale = 1, ...grid }: Submission['spec']): string {
  const hash = createHash('sha256');
  const { timesteps, signals, sigmas, noiseScales } = grid;
  const levels = [timesteps, signals, sigmas, noiseScales];
  const own = rule ? [rule.stateScale, rule.outputScale, rule.valueScale] : [];
  for (const values of [...levels, Float64Array.of(initialScale), ...own]) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
