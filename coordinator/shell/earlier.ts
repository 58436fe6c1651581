/** What an earlier process left of a job. */
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import type { MethodName } from '../../shared/numerics/solver/method.ts';
import type { Checkpoint } from '../core/state.ts';

/** A checkpoint with its latents in place of their handle. */
export interface HeldCheckpoint extends Omit<Checkpoint, 'state'> {
  readonly state: Float32Array;
}

/** How the job was planned: it goes on in the same way. */
export interface Setting {
  readonly method: MethodName;
  readonly window: number;
  readonly blocks: number;
  readonly groups: number;
}

/** What an earlier process left of a job. */
export interface Earlier {
  readonly checkpoint: HeldCheckpoint;
  readonly setting: Setting;
  /** What it was about: nothing else can go on from it. */
  readonly modelSha256: string;
  readonly steps: number;
  readonly trace: readonly RoundResiduals[];
  readonly bytes: { readonly toWorkers: number; readonly fromWorkers: number };
  readonly coordinatorMs: number;
  readonly emulated: boolean;
}
