/**
 * A job in this process: the bundled model behind the production batcher, checked and cut by the
 * production submission code, without a cluster. What `bench rounds` measures needs no wire.
 */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { resolveSubmission } from '../../coordinator/shell/submission.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import type { DriveProblem } from '../../shared/numerics/drive.ts';
import { partition } from '../../shared/numerics/partition.ts';
import { sequential } from '../../shared/numerics/sequential.ts';
import { method, type Method } from '../../shared/numerics/solver/method.ts';
import { stepTable } from '../../shared/numerics/step-table.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { analyticBackend } from '../../worker/backend/analytic.ts';
import type { Backend } from '../../worker/backend/backend.ts';
import { discoverModels } from '../../worker/backend/manifest.ts';
import { onnxBackend } from '../../worker/backend/onnx.ts';
import { denoiserOpener, type OpenDenoiser } from '../../worker/shell/job-denoiser.ts';
import { readyModels } from '../../worker/shell/registration.ts';

export interface LocalModel {
  readonly model: RegisteredModel;
  readonly open: OpenDenoiser;
  close(): Promise<void>;
}

/** The bundled model, or one of the analytic ones, with `threads` threads per call. */
export async function openLocalModel(name: string, threads: number): Promise<LocalModel> {
  const { models } = await discoverModels(join(packageRoot(), 'models'));
  const found = models.filter(({ manifest }) => manifest.name === name);
  const backend: Backend = found.length > 0 ? onnxBackend(found, { threads }) : analyticBackend({});
  const ready = await readyModels(backend, pino({ level: 'silent' }), {
    repeats: 1,
    budgetMs: 300,
  });
  const model = ready.get(name)?.model;
  if (!model) throw new Error(`no model ${name}`);
  const open = denoiserOpener(ready, () => performance.now());
  return { model, open, close: () => backend.close() };
}

export type Request = Pick<SubmitRequest__Output, 'solver' | 'steps'> &
  Partial<SubmitRequest__Output>;

/** The request that a client would send, with the defaults it would leave out. */
export function submitRequest(model: string, request: Request): SubmitRequest__Output {
  return {
    model,
    method: 'secant',
    inputs: [],
    compareSequential: false,
    initialization: '',
    spacing: '',
    ...request,
  };
}

export interface LocalJob {
  readonly problem: DriveProblem;
  /** The sample of the plain loop, `sequential.ts`. */
  reference(): Promise<Float32Array>;
}

export async function localJob(
  { model, open }: LocalModel,
  request: Request,
  settings: Partial<Omit<Method, 'name'>> = {},
): Promise<LocalJob> {
  const { plan, spec, guess } = resolveSubmission(submitRequest(model.name, request), model, 1);
  const { dim, samples, seed, tolerance, window, priorStd } = spec;
  const table = stepTable({
    timestep: spec.timesteps,
    alphaBar: spec.alphaBars,
    noiseScale: spec.noiseScales,
    prediction: model.prediction,
  });
  const words = seedWords(seed);
  const key = { seed: words, stream: noiseStream.step };
  const initial = new Float32Array(samples * dim);
  for (let sample = 0; sample < samples; sample++) {
    const first = { seed: words, stream: noiseStream.initial, sample, step: 0 };
    fillNormal(initial, sample * dim, dim, first);
  }
  const problem: DriveProblem = {
    table,
    samples,
    dim,
    window,
    tolerance,
    initial,
    denoiser: await open({ ...spec, job: 'local' }, () => false),
    noise: (step, sample, out, at) => fillNormal(out, at, dim, { ...key, sample, step }),
    method: method(plan.method, { priorStd, initialization: plan.initialization, ...settings }),
    ...(guess && { guess }),
    blocks: partition(plan.steps, window, Math.max(1, plan.blocks)),
  };
  const numbers = Int32Array.from({ length: samples }, (_, m) => m);
  return { problem, reference: () => sequential({ ...problem, samples: numbers }) };
}
