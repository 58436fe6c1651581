/**
 * A job in this process: a model behind the production batcher, checked and cut by the production
 * submission code and set up by the worker's own, without a cluster. What `bench rounds` measures
 * needs no wire.
 */
import { pino } from 'pino';

import { resolveSubmission } from '../../coordinator/shell/submission.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { Contraction } from '../../shared/kernel/convergence.ts';
import { assert } from '../../shared/kernel/assert.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import { defaultBlocks, partition } from '../../shared/numerics/partition.ts';
import { sequential } from '../../shared/numerics/sequential.ts';
import { contractionOf } from '../../shared/numerics/solver/contraction.ts';
import type { Method } from '../../shared/numerics/solver/method.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { analyticBackend, analyticModel } from '../../worker/backend/analytic.ts';
import type { Backend } from '../../worker/backend/backend.ts';
import { onnxBackend } from '../../worker/backend/onnx.ts';
import { prepareJob } from '../../worker/core/job-setup.ts';
import { denoiserOpener, type OpenDenoiser } from '../../worker/shell/job-denoiser.ts';
import { readyModels } from '../../worker/shell/registration.ts';
import type { InputTensor } from '../client/types.ts';
import { bundledModels } from '../local/models.ts';
import { findModel, folderOf } from './model-source.ts';
import type { ModelSource } from './model-source.ts';

export interface LocalModel {
  readonly model: RegisteredModel;
  /** Of its manifest; undefined for a model without one. */
  readonly folder: string | undefined;
  readonly open: OpenDenoiser;
  /** In place of what the model says of its own. */
  readonly contraction?: readonly Contraction[];
  close(): Promise<void>;
}

/** Rounds do not depend on the latency curve: it is measured only as far as a batch size needs. */
const measuring = { repeats: 1, budgetMs: 300 };

/** See `findModel` for what a name may be; `threads` threads per call. */
export async function openLocalModel(
  name: string,
  threads: number,
  models: string = bundledModels(),
): Promise<LocalModel> {
  const source = await findModel(name, models);
  const backend = backendOf(source, threads);
  try {
    const ready = await readyModels(backend, pino({ level: 'silent' }), { measure: measuring });
    const model = ready.get(name)?.model;
    assert(model, `the backend was opened for model ${name}`);
    const open = denoiserOpener(ready, () => performance.now());
    return { model, folder: folderOf(source), open, close: () => backend.close() };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

function backendOf(source: ModelSource, threads: number): Backend {
  if (source.kind === 'analytic') return analyticBackend({ models: [source.model] });
  const { manifest } = source.model;
  if (manifest.kind === 'onnx') return onnxBackend([source.model], { threads });
  return analyticBackend({ models: [analyticModel(manifest, source.model)] });
}

export type Request = Pick<SubmitRequest__Output, 'solver' | 'steps'> &
  Partial<SubmitRequest__Output>;

/** As they would travel. */
export function wireInputs(inputs: readonly InputTensor[]): SubmitRequest__Output['inputs'] {
  return inputs.map(({ data, shape, ...input }) => ({
    ...input,
    shape: [...shape],
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  }));
}

/** The request that a client would send, with the defaults it would leave out. */
export function submitRequest(model: string, request: Request): SubmitRequest__Output {
  return {
    model,
    method: 'secant',
    inputs: [],
    compareSequential: false,
    certify: false,
    initialization: '',
    spacing: '',
    sigmas: '',
    solverOptions: '',
    wire: '',
    stop: '',
    client: '',
    tenant: '',
    idempotencyKey: '',
    prompts: [],
    negativePrompts: [],
    encoded: [],
    guidanceSchedule: [],
    image: null,
    encodedImage: null,
    mask: null,
    everyRow: false,
    ...request,
  };
}

export interface LocalJob {
  readonly problem: DriveProblem;
  /** The sample of the plain loop, `sequential.ts`. */
  reference(): Promise<Float32Array>;
}

/** `settings` overrides what the request says of the method, past any check. */
export async function localJob(
  { model, open, contraction }: LocalModel,
  request: Request,
  settings: Partial<Omit<Method, 'name'>> = {},
): Promise<LocalJob> {
  const resolved = resolveSubmission(submitRequest(model.name, request), model);
  const { plan, guess } = resolved;
  const spec = { ...resolved.spec, job: 'local' };
  const prepared = prepareJob(spec, await open(spec, () => false));
  const { window, samples, guided } = spec;
  const own = contraction?.find(({ solver }) => solver === request.solver);
  const blocks = plan.blocks || defaultBlocks(plan.method, plan.steps, 1);
  const problem: DriveProblem = {
    ...prepared.problem,
    method: { ...prepared.problem.method, ...settings },
    initial: prepared.initial(),
    ...(guess && { guess }),
    ...(own && !guided && { contraction: contractionOf(prepared.problem.table, own) }),
    blocks: partition(plan.steps, window, blocks),
  };
  const numbers = Int32Array.from({ length: samples }, (_, m) => m);
  return { problem, reference: () => sequential({ ...problem, samples: numbers }) };
}
