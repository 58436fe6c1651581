import type { NoiseSchedule, Prediction } from '../kernel/noise-schedule.ts';
import type { Bound } from '../kernel/step-rule.ts';
import type { ConvergenceTable } from '../kernel/convergence.ts';

/**
 * What a worker tells the coordinator about one of its models: everything a plan needs, no weights.
 */
export interface ModelDescription {
  /** Name of its folder, by which jobs ask for it. */
  readonly name: string;
  /** Hex SHA-256 of the model file; of an analytic model, of its canonical parameters. */
  readonly sha256: string;
  /** What runs it: onnx, diffusers, analytic, emulated or oip. */
  readonly backend: string;
  /** Of one row, without the batch dimension. */
  readonly sampleShape: readonly number[];
  /** Elements of one row: the product of `sampleShape`. */
  readonly dim: number;
  /** What its output is: epsilon, denoised or velocity, or as its kind says. */
  readonly prediction: Prediction;
  /** Noise levels that it was trained with. */
  readonly schedule: NoiseSchedule;
  /** Which of its training times a grid of fewer steps takes, unless a job says otherwise. */
  readonly spacing: TimestepSpacing;
  /** Added to every timestep before the model sees it (diffusers: `steps_offset`). */
  readonly timestepOffset: number;
  /** ᾱ after the last step: 1 is diffusers' `set_alpha_to_one`, 'first' its opposite. */
  readonly terminalAlphaBar: number | 'first';
  /** What the model's authors sample it with; jobs that name no solver do the same. */
  readonly sampler?: OwnSampler | undefined;
  /** What keeps x0-hat in the range of the data; absent: nothing. */
  readonly bound?: Bound | undefined;
  /** Standard deviation of the training data, in data units. */
  readonly dataStd: number;
  /** What data values lie between, for pictures. */
  readonly valueRange: readonly [minimum: number, maximum: number];
  /** Default guidance scale; 0 when the model has no unconditional value to guide away from. */
  readonly guidance: number;
  /** Inputs besides state and time. */
  readonly conditions: readonly ConditionDescription[];
  /** Most rows of one call. */
  readonly maxBatch: number;
  /** True when one call takes one timestep for all its rows: blocks then cannot share a call. */
  readonly sharedTimestep: boolean;
  /** Its workers make its conditions of prompts. */
  readonly takesPrompts?: boolean;
  /** Its samples are latents, which its workers make pictures of. */
  readonly decodesLatents?: boolean;
  /** As its folder states it; empty if it does not. */
  readonly license: string;
  /** Absent where nobody measured it. */
  readonly convergence?: ConvergenceTable;
}

export type { NoiseSchedule, Prediction } from '../kernel/noise-schedule.ts';
export type TimestepSpacing = 'leading' | 'trailing' | 'linspace';
/** Element type of a condition. */
export type ConditionDtype = 'int64' | 'int32' | 'float32';

/** A sampler as a folder says it; jobs that name the same one are told the same. */
export interface OwnSampler {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** As `--sigmas`; empty for those of the times. */
  readonly sigmas: string;
  /** Where samplers that go by noise levels end; those that go by times have `terminalAlphaBar`. */
  readonly finalSigma: 'zero' | 'least';
  /** The folder says no spacing: every sampler has the one that is usual for it. */
  readonly usualSpacing: boolean;
}

export interface ConditionDescription {
  /** Input name. */
  readonly name: string;
  /** Element type. */
  readonly dtype: ConditionDtype;
  /** Per row; [] is one scalar. */
  readonly shape: readonly number[];
  /** Least value that is taken. */
  readonly minimum: number;
  /** Greatest value that is taken. */
  readonly maximum: number;
  /** Fills the condition for the unconditional half of a guided pair. */
  readonly unconditional: number | null;
  /** One name per value from `minimum` to `maximum`, or none. */
  readonly labels: readonly string[];
}

/** Milliseconds per call for growing batch sizes, measured once at registration. */
export type LatencyCurve = readonly { readonly batch: number; readonly ms: number }[];

/** x0-hat of pure noise, for every value of the model's condition. */
export interface PriorMeans {
  readonly values: readonly number[];
  /** [values, dim] */
  readonly means: Float32Array;
}

/** A model with what its worker measured when it registered. */
export type RegisteredModel = ModelDescription & {
  readonly latencyCurve: LatencyCurve;
  /** Largest difference between a row alone and the same row in a full batch. */
  readonly batchJitter: number;
  /** Absent where the conditions cannot be listed. */
  readonly priorMeans?: PriorMeans;
};

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
