import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  gaussianMixture,
  mixturePredictor,
  sixModes,
  subMixture,
} from '../../shared/numerics/analytic.ts';
import type { GaussianMixture, MixturePredictor } from '../../shared/numerics/analytic.ts';
import { levelsOverTime, noisiestTime } from '../../shared/numerics/model-time.ts';
import { rms } from '../../shared/numerics/vector.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { Backend, ModelSlot } from './backend.ts';
import { describe, onLinearSchedule } from './describe.ts';
import type { DiscoveredModel } from './manifest.ts';
import type { GaussianMixtureManifest } from './manifest-schema.ts';
import { withFaults } from './infer-faults.ts';
import { createSlotArrays } from './slot-arrays.ts';
import { checkCount, unknownModel } from './threaded-backend.ts';

/**
 * A Gaussian mixture and how it presents itself; with more than one mode, the class names a mode.
 */
export interface AnalyticModel {
  readonly description: ModelDescription;
  readonly mixture: GaussianMixture;
}

export interface AnalyticOptions {
  readonly models?: readonly AnalyticModel[];
  /** Extra wait of every call, for tests and demos; the description then says 'emulated'. */
  readonly delayMs?: number;
}

const classCondition = 'class';

/**
 * Exact denoisers in the calling thread, which they never hold for long: no weights, no session.
 */
export function analyticBackend(options: AnalyticOptions = {}): Backend {
  const { delayMs = 0 } = options;
  const models = (options.models ?? builtinModels()).map((model) => labelled(model, delayMs));
  const byName = new Map(models.map((model) => [model.description.name, model]));
  return {
    kind: 'analytic',
    models: models.map((model) => model.description),
    slot: async (name) => {
      const model = byName.get(name);
      if (model === undefined) throw unknownModel(name, [...byName.keys()]);
      return analyticSlot(model, delayMs);
    },
    // The thread that would report a stall is the thread that would stall.
    lastProgressMs: () => 0,
    close: async () => undefined,
  };
}

/** 'mixture6', the six-mode test suite, and 'gaussian', one mode at zero. */
export function builtinModels(): readonly AnalyticModel[] {
  const sampleShape = [1, 8, 8];
  const dim = elementsOf(sampleShape);
  const six = sixModes(dim, 0.3);
  const gaussian = gaussianMixture({ means: new Float32Array(dim), modes: 1, dim, std: 0.5 });
  return [
    mixtureModel({ name: 'mixture6', mixture: six, sampleShape, conditional: true }),
    mixtureModel({ name: 'gaussian', mixture: gaussian, sampleShape, conditional: false }),
  ];
}

/** A model of kind gaussian-mixture from its manifest. */
export function analyticModel(
  manifest: GaussianMixtureManifest,
  { sha256, convergence }: Pick<DiscoveredModel, 'sha256' | 'convergence'>,
): AnalyticModel {
  const mixture = gaussianMixture({
    means: Float32Array.from(manifest.means.flat()),
    modes: manifest.means.length,
    dim: elementsOf(manifest.sampleShape),
    std: manifest.std,
  });
  const description = describe(manifest, sha256, {
    sharedTimestep: false,
    backend: 'analytic',
    prediction: 'epsilon',
    conditions: modeCondition(mixture, manifest.labels),
    ...(convergence && { convergence }),
  });
  return { description, mixture };
}

interface MixtureModelOptions {
  readonly name: string;
  readonly mixture: GaussianMixture;
  readonly sampleShape: readonly number[];
  /** Whether a class may name a mode. */
  readonly conditional: boolean;
}

/** A mixture on the linear schedule of 1000 steps. */
export function mixtureModel(options: MixtureModelOptions): AnalyticModel {
  const { name, mixture, sampleShape, conditional } = options;
  const { means, modes, dim, std } = mixture;
  const meanRms = rms(means, 0, means.length);
  const description: Omit<ModelDescription, 'sha256'> = {
    name,
    backend: 'analytic',
    sampleShape,
    dim,
    ...onLinearSchedule,
    dataStd: Math.sqrt(meanRms * meanRms + std * std),
    valueRange: [-4, 4],
    // Guidance 1 is the plain class-conditional model; one mode has nothing to guide away from.
    guidance: conditional ? 1 : 0,
    conditions: conditional ? modeCondition(mixture, []) : [],
    maxBatch: 256,
    sharedTimestep: false,
    license: 'MIT',
  };
  const sha256 = createHash('sha256')
    .update(JSON.stringify([description, modes, std]))
    .update(new Uint8Array(means.buffer, means.byteOffset, means.byteLength))
    .digest('hex');
  return { description: { ...description, sha256 }, mixture };
}

function modeCondition(
  { modes }: GaussianMixture,
  labels: readonly string[],
): ModelDescription['conditions'] {
  if (modes === 1) return [];
  return [
    {
      name: classCondition,
      dtype: 'int64',
      shape: [],
      minimum: 0,
      maximum: modes - 1,
      unconditional: modes,
      labels,
    },
  ];
}

/** Reports must not pass a delayed run off as a measurement. */
function labelled(model: AnalyticModel, delayMs: number): AnalyticModel {
  if (delayMs === 0) return model;
  const backend = `emulated: analytic plus ${delayMs} ms a call`;
  return { ...model, description: { ...model.description, backend } };
}

function analyticSlot({ description, mixture }: AnalyticModel, delayMs: number): ModelSlot {
  const arrays = createSlotArrays(description);
  const { schedule, dim } = description;
  const levelAt = levelsOverTime(schedule);
  const predict = modePredictors(description, mixture);
  const classes = arrays.conditions.get(classCondition);

  const evaluate = withFaults((count) => {
    for (let row = 0; row < count; row++) {
      const level = levelAt(arrays.timesteps[row] ?? NaN);
      if (level === undefined) throw badTimestep(description, arrays.timesteps[row]);
      const mode = Number(classes?.[row] ?? mixture.modes);
      predict(mode)(level, arrays.states, arrays.outputs, row * dim);
    }
  }, arrays);

  return {
    maxBatch: description.maxBatch,
    ...arrays,
    run: async (count) => {
      checkCount(count, description);
      const start = performance.now();
      if (delayMs > 0) await sleep(delayMs);
      await evaluate(count);
      return { modelMs: performance.now() - start };
    },
  };
}

/** One predictor per class, made when first asked for; the value `modes` is all of them. */
function modePredictors(
  description: ModelDescription,
  mixture: GaussianMixture,
): (mode: number) => MixturePredictor {
  const predictors = new Map<number, MixturePredictor>();
  predictors.set(mixture.modes, mixturePredictor(mixture, description.prediction));
  return (mode) => {
    const known = predictors.get(mode);
    if (known !== undefined) return known;
    if (!(Number.isInteger(mode) && mode >= 0 && mode < mixture.modes)) {
      throw new SamplerError(
        'INVALID_REQUEST',
        `model ${description.name} has classes 0 to ${mixture.modes - 1}, not ${mode}`,
        { context: { model: description.name, class: mode } },
      );
    }
    const one = subMixture(mixture, Int32Array.of(mode));
    const made = mixturePredictor(one, description.prediction);
    predictors.set(mode, made);
    return made;
  };
}

function badTimestep(description: ModelDescription, timestep = Number.NaN): SamplerError {
  const { name, schedule } = description;
  return new SamplerError(
    'INVALID_REQUEST',
    `model ${name} knows the timesteps 0 to ${noisiestTime(schedule)}, not ${timestep}`,
    { context: { model: name, timestep } },
  );
}
