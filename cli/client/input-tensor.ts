import type { ConditionDtype } from '../../shared/protocol/model-description.ts';

/** A condition's values: one for all samples, or one per sample with the samples in front. */
export interface InputTensor {
  readonly name: string;
  readonly dtype: ConditionDtype;
  readonly shape: readonly number[];
  readonly data: BigInt64Array | Int32Array | Float32Array;
}
