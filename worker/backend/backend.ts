import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type {
  EncodedCondition,
  Picture,
  Pixels,
  Prompts,
} from '../../shared/protocol/pipeline-wire.ts';
import type { CallWay } from '../core/call-ways.ts';

export type ConditionArray = Float32Array | BigInt64Array | Int32Array;

/** Milliseconds of one call. */
export interface CallTime {
  /** The model's alone, as they passed. */
  readonly modelMs: number;
  /** Of an emulated device: what the described one would have taken. */
  readonly deviceMs?: number;
}

/**
 * One concurrent call of a model. Its buffers live in shared memory: fill the inputs, run, read the
 * outputs, with no copy in between. Who fills a slot again before `run` settles is a programmer
 * error; two slots of one model may be filled and run at the same time.
 */
export interface ModelSlot {
  readonly maxBatch: number;
  /** [maxBatch × dim] */
  readonly states: Float32Array;
  /** [maxBatch], converted to the model's own dtype inside. */
  readonly timesteps: Float32Array;
  /** Per condition [maxBatch × elements]; starts out unconditional where the model has that. */
  readonly conditions: ReadonlyMap<string, ConditionArray>;
  /** [maxBatch × dim] */
  readonly outputs: Float32Array;
  /** Beside plain calls: those of a worker that is alone. */
  readonly ways?: readonly CallWay[];
  /** Runs the first `count` rows. Rejects with a SamplerError. */
  run(count: number, way?: CallWay): Promise<CallTime>;
}

/** What pipelines have around their denoisers. */
export interface Pipelines {
  encode(model: string, prompts: Prompts): Promise<readonly EncodedCondition[]>;
  /** @param latent one sample */
  decode(model: string, latent: Float32Array): Promise<Picture>;
  /** A latent of a picture, in the units of the denoiser. */
  encodePicture(model: string, pixels: Pixels): Promise<Float32Array>;
  close(): Promise<void>;
}

/** What executes models. One per worker process, and one model thread at most behind it. */
export interface Backend {
  /** 'onnx' | 'analytic' | … */
  readonly kind: string;
  readonly models: readonly ModelDescription[];
  /** A new slot with its own buffers; the model is loaded on first use. */
  slot(model: string): Promise<ModelSlot>;
  /** For models whose descriptions say that they take prompts, or that samples are decoded. */
  readonly pipelines?: Pipelines;
  /**
   * Milliseconds that have passed, on this process's performance.now() clock, since the model
   * thread last showed progress: small while it is healthy, growing while one call blocks or the
   * thread is dead. 0 while nothing is asked of it.
   */
  lastProgressMs(): number;
  /** Ends the thread after the call it is in: a native call cannot be interrupted. */
  close(): Promise<void>;
}
