import type { ConditionDtype } from '../../shared/protocol/model-description.ts';

/** A condition's values: one for all samples, or one per sample with the samples in front. */
export interface InputTensor {
  /** As the model's `conditions` name it. */
  readonly name: string;
  /** As the model's `conditions` say. */
  readonly dtype: ConditionDtype;
  /** The condition's own, or [samples, ...] of it. */
  readonly shape: readonly number[];
  /** Row-major; of int64 a BigInt64Array, of int32 an Int32Array, of float32 a Float32Array. */
  readonly data: BigInt64Array | Int32Array | Float32Array;
}
