import type { ErrorCode, ErrorContext } from '../../shared/protocol/errors.ts';
import type { SlotArrays } from './slot-arrays.ts';

/** Tensors never travel in messages: a slot's arrays are shared once, when it is opened. */
export type ToThread =
  | {
      readonly kind: 'open';
      readonly slot: number;
      readonly model: string;
      readonly arrays: SlotArrays;
      /** What the thread's loader needs; only with a model's first slot. */
      readonly payload?: unknown;
    }
  | RunSlot
  | { readonly kind: 'close' };

export interface RunSlot {
  readonly kind: 'run';
  readonly slot: number;
  readonly count: number;
  /** See `ModelSlot`. */
  readonly wide: boolean;
}

export type FromThread =
  | { readonly kind: 'opened'; readonly slot: number }
  | { readonly kind: 'ran'; readonly slot: number; readonly modelMs: number }
  | {
      readonly kind: 'failed';
      readonly slot: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly context: ErrorContext;
      readonly retriable: boolean;
    };

export interface ThreadData {
  /**
   * One BigInt64: process.hrtime at the thread's last sign of life, the one clock threads share.
   */
  readonly progress: SharedArrayBuffer;
}
