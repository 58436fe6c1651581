/**
 * From what a client asks for to what the cluster runs. Every field is checked here, once, before
 * anything is queued or allocated.
 */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { limits } from '../../shared/kernel/limits.ts';
import {
  defaultInitialization,
  isMethodName,
  type MethodName,
  method as methodWith,
  methodNames,
} from '../../shared/numerics/solver/method.ts';
import { freezeRule } from '../../shared/numerics/solver/freeze.ts';
import { restartsMax } from '../../shared/numerics/solver/restarts.ts';
import { contractionOf } from '../../shared/numerics/solver/contraction.ts';
import { interpolationLimits, interpolatesRows } from '../../shared/numerics/solver/called-rows.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import { guidanceSpread } from '../../shared/numerics/guidance.ts';
import { callMs, type LatencyCurve } from '../../shared/numerics/latency-curve.ts';
import { elementsOf, type RegisteredModel } from '../../shared/protocol/model-description.ts';
import { worthwhileBatch } from '../../shared/numerics/batches.ts';
import type { Demand, JobPlan } from '../core/state.ts';
import { checkImage, knownOf, startOf } from './start-image.ts';
import { checkStopping, stoppingOf, type Stopping } from './stopping.ts';
import { checkHalf } from './wire-precision.ts';
import { checkConditions } from './conditions.ts';
import { firstGuess } from './first-guess.ts';
import { checkGuidance, jobGuidance } from './job-guidance.ts';
import { invalid } from './invalid.ts';
import { checkGridRequest, completed, gridOf, type GridRequest } from './request-grid.ts';
import { checkPrompts } from './prompts.ts';
import { inputsOf } from './request-inputs.ts';
import { clientNameExpected, isClientName } from './share.ts';
import { planAlone, type PlanJob, type PlannedJob } from './planning.ts';

export interface Submission {
  /** The request's, with what the model's own sampler adds. */
  readonly sampler: GridRequest;
  readonly plan: JobPlan;
  /** Without the job's id, which the caller gives. */
  readonly spec: Omit<JobSpec, 'job'>;
  /** Of the grid in `spec`. */
  readonly table: StepTable;
  /** First guess of x0-hat, [samples x dim]. */
  readonly guess: Float32Array | undefined;
  /** What samples start from beside noise, likewise. */
  readonly start: Float32Array | undefined;
  /** What was chosen, or named, and what it should take. */
  readonly planned: PlannedJob;
}

const wires = ['float32', 'float16'] as const;
const initializations = ['denoised', 'constant'] as const;
/** Workers count as equally fast within this share: jobs are spread over them by load. */
const SPEED_SLACK = 0.1;

/** What can be said of a request before any model is known. */
export function checkRequest(request: SubmitRequest__Output): void {
  if (request.model === '') throw invalid('model', '', 'the name of a model');
  if (request.method !== '' && request.method !== 'auto')
    oneOf('method', request.method, methodNames);
  if (request.initialization !== '')
    oneOf('initialization', request.initialization, initializations);
  checkGridRequest(request);
  integer('samples', request.samples ?? 1, 1, limits.samplesMax);
  integer('seed', request.seed ?? 0, 0, limits.seedMax);
  integer('window', request.window ?? 1, 1, limits.stepsMax);
  integer('blocks', request.blocks ?? 1, 1, limits.blocksMax);
  integer('max-rounds', request.roundsMax ?? 1, 1, limits.stepsMax);
  integer('max-lag', request.maxLag ?? 0, 0, limits.lagMax);
  integer('memory', request.memory ?? 1, 1, limits.andersonMemoryMax);
  integer('order', request.order ?? 1, 1, limits.stepsMax);
  integer('priority', request.priority ?? 0, 0, limits.priorityMax);
  checkClient(request.client);
  number('tolerance', request.tolerance ?? 0, 0, limits.toleranceMax);
  checkGuidance(request);
  checkWire(request);
  checkStopping(request);
  checkKey(request.idempotencyKey);
  checkPrompts(request);
  checkImage(request);
}

function checkKey(key: string): void {
  const most = limits.idempotencyKeyMax;
  if (key.length <= most && /^[\x21-\x7e]*$/.test(key)) return;
  const found = key.length > most ? `${key.length} characters` : JSON.stringify(key);
  throw invalid('idempotency-key', found, `at most ${most} printable characters without spaces`);
}

function checkWire({ wire, certify }: SubmitRequest__Output): void {
  if (wire !== '') oneOf('wire', wire, wires);
  if (wire !== 'float16' || !certify) return;
  throw invalid('wire', wire, 'float32 with certify: a certificate is of rows to the bit');
}

function checkClient(found: string): void {
  if (found !== '' && !isClientName(found)) throw invalid('client', found, clientNameExpected);
}

function oneOf(field: string, found: string, expected: readonly string[]): void {
  if (!expected.includes(found)) throw invalid(field, found, `one of ${expected.join(', ')}`);
}

function integer(field: string, found: number, min: number, max: number): void {
  if (Number.isSafeInteger(found) && found >= min && found <= max) return;
  throw invalid(field, found, `an integer from ${min} to ${max}`);
}

function number(field: string, found: number, min: number, max: number): void {
  if (found >= min && found <= max) return;
  throw invalid(field, found, `a number from ${min} to ${max}`);
}

/**
 * The plan and the job that workers get. Without `planJob` the job is planned for one worker that
 * runs the model as it was measured.
 */
export function resolveSubmission(
  request: SubmitRequest__Output,
  model: RegisteredModel,
  planJob: PlanJob = planAlone,
): Submission {
  const samples = request.samples ?? 1;
  checkSize(model, samples);
  const sampler = completed(request, model);
  const { grid, table, scales } = gridOf(sampler, model);
  const start = startOf(request, model);
  const { conditions, given } = checkConditions(model, inputsOf(request), samples);
  const { guidance, guided, weights } = jobGuidance(request, model, { given, grid });
  const stopping = stoppingOf(request);
  const planned = planJob(questionOf({ ...request, ...sampler }, model, { guided, table }));
  const { method: name, window } = planned.plan.setting;
  const initialization = initializationOf(request, name);
  const contraction = guided ? undefined : contractionFor(model, sampler.solver, table);
  const rule = { ...stopping, contraction, spread: guidanceSpread(guidance) };
  const interpolation = interpolationOf(request, name, { table, dim: model.dim, ...rule });
  const spec: Submission['spec'] = {
    model: model.name,
    modelSha256: model.sha256,
    samples,
    dim: elementsOf(model.sampleShape),
    seed: request.seed ?? 0,
    ...methodFields(name, request, model),
    initialization,
    window,
    ...stopping,
    guidance,
    ...(weights && { guidanceWeights: weights }),
    guided,
    conditions: [...conditions, ...knownOf(request, model, start)],
    prediction: grid.prediction,
    timesteps: grid.timestep,
    signals: grid.signal,
    sigmas: grid.sigma,
    noiseScales: grid.noiseScale,
    ...(grid.initialScale !== undefined && { initialScale: grid.initialScale }),
    ...(grid.rule && { rule: grid.rule }),
    keepRows: request.certify,
    ...(request.wire === 'float16' && { half: true }),
    ...(contraction && { contraction }),
    ...(interpolation && { interpolate: true }),
  };
  if (spec.half) checkHalf(spec, planned);
  const guess = firstGuess(model, spec);
  const plan: JobPlan = {
    model: model.name,
    modelSha256: model.sha256,
    method: name,
    initialization,
    ...freezeRule(table, { ...rule, interpolation }, name, scales),
    dim: model.dim,
    latentsPerRow: table.parts,
    samples,
    window,
    ...dealOf(request, planned),
    ...roundsOf(request, table.steps),
    guess: guess !== undefined,
    startGiven: start !== undefined,
    keepRows: spec.keepRows,
    checkable: true,
    // rows that are kept begin at row 0, and so does the window of an order
    resumable: !spec.keepRows && spec.order === 0,
    demand: demandOf(model, table.steps * samples, guided),
  };
  return { plan, spec, table, guess, start, planned, sampler };
}

function initializationOf({ initialization }: SubmitRequest__Output, method: MethodName) {
  return initializations.find((known) => known === initialization) ?? defaultInitialization(method);
}

/** A certificate speaks of rows that were called. */
function interpolationOf(
  { everyRow, certify }: SubmitRequest__Output,
  method: MethodName,
  rule: Stopping & { readonly table: StepTable; readonly spread: number; readonly dim: number },
): Float64Array | undefined {
  const { table } = rule;
  if (everyRow || certify || !interpolatesRows(method, { ...rule, ...table })) return undefined;
  return interpolationLimits(table, rule);
}

/** A table belongs to one model and solver (`grids.ts`). */
const contractions = new WeakMap<StepTable, Float64Array>();

/** What the sequential sampler takes in the model's best batch. */
function demandOf(model: RegisteredModel, calls: number, guided: boolean): Demand {
  const batch = worthwhileBatch(model, guided);
  return { passes: calls * (guided ? 2 : 1), passMs: callMs(model.latencyCurve, batch) / batch };
}

/** Noise makes a chain forget: with some of it errors contract at least as they do without. */
function contractionFor({ convergence }: RegisteredModel, name: string, table: StepTable) {
  const solver = name === 'ddpm' ? 'ddpm' : 'ddim';
  const measured = convergence?.contraction?.find((known) => known.solver === solver);
  if (!measured) return undefined;
  const known = contractions.get(table) ?? contractionOf(table, measured);
  contractions.set(table, known);
  return known;
}

function roundsOf(
  { roundsMax, maxLag }: SubmitRequest__Output,
  steps: number,
): Pick<JobPlan, 'roundsMax' | 'maxLag'> {
  return { roundsMax: roundsMax ?? steps * (1 + restartsMax), maxLag };
}

function questionOf(
  request: SubmitRequest__Output,
  model: RegisteredModel,
  { guided, table }: { readonly guided: boolean; readonly table: StepTable },
): Parameters<PlanJob>[0] {
  const { solver, samples = 1, method, window } = request;
  const { steps, parts } = table;
  const noisy = table.noiseScale.some((scale) => scale > 0);
  const { blocks } = request;
  return {
    model,
    solver,
    // of a sampler with noise of its own the planner knows as much as of ddpm
    eta: solver === 'ddim' ? (request.eta ?? 0) : Number(noisy),
    steps,
    parts,
    samples,
    guided,
    ...stoppingOf(request),
    fixed: { method: isMethodName(method) ? method : undefined, window, blocks },
    separable: !request.certify,
  };
}

/**
 * Blocks, how many workers share them, and which: those about as fast as the slowest planned for.
 * A job whose method is named takes the workers that there are when it starts.
 */
function dealOf(
  request: SubmitRequest__Output,
  { plan: { setting, mode }, question }: PlannedJob,
): Pick<JobPlan, 'blocks' | 'deal'> {
  const { workers, method } = setting;
  if (isMethodName(request.method) && method !== 'sequential') {
    // an order knows no neighbours
    return { blocks: request.order === undefined ? (request.blocks ?? 0) : 1 };
  }
  if (mode === 'throughput') {
    // every worker takes jobs, whoever has the fewest
    return { blocks: 1, deal: { count: 1, prefer: question.workers.map(({ id }) => id) } };
  }
  const speed = ({ curve }: { curve: LatencyCurve }) => callMs(curve, 1);
  const slowest = Math.max(...workers.map(speed)) * (1 + SPEED_SLACK);
  const able = question.workers.filter((worker) => speed(worker) <= slowest);
  const blocks = method === 'sequential' ? (request.blocks ?? 1) : setting.blocks;
  return { blocks, deal: { count: workers.length, prefer: able.map(({ id }) => id) } };
}

/** The samples of a job travel and are kept together. */
function checkSize(model: RegisteredModel, samples: number): void {
  const most = Math.floor(limits.latentElementsMax / elementsOf(model.sampleShape));
  if (samples > most) throw invalid('samples', samples, `at most ${most} of ${model.name}`);
}

function methodFields(
  name: JobPlan['method'],
  request: SubmitRequest__Output,
  model: RegisteredModel,
) {
  const { memory = 1, order = 0 } = request;
  const { priorStd, regularization } = methodWith(name, { priorStd: model.dataStd });
  return { method: name, memory, order, priorStd, regularization };
}
