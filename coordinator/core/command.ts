/** What the coordinator wants done. Commands of one event are carried out in order. */
import type { RoundResiduals, ToBlock } from '../../shared/kernel/block-messages.ts';
import type { EdgeHandle, LatentHandle } from './state.ts';

export type Command =
  | { readonly kind: 'openJob'; readonly worker: string; readonly job: string }
  | { readonly kind: 'closeJob'; readonly worker: string; readonly job: string }
  | { readonly kind: 'send'; readonly worker: string; readonly message: Instruction }
  /** out = offset + slope (leftNew - leftOld), per sample. */
  | {
      readonly kind: 'compose';
      readonly out: LatentHandle;
      readonly offset: LatentHandle;
      readonly slope: Float64Array;
      readonly leftNew: LatentHandle;
      readonly leftOld: LatentHandle;
    }
  /** out = x[0] of all samples, from the job's seed. */
  | { readonly kind: 'initial'; readonly job: string; readonly out: LatentHandle }
  /** out = the first guess of x0-hat. */
  | { readonly kind: 'guess'; readonly job: string; readonly out: LatentHandle }
  /** out = the state at row `to`, rolled out from the edge of the active rows. */
  | {
      readonly kind: 'rollOut';
      readonly job: string;
      readonly out: LatentHandle;
      readonly edge: EdgeHandle;
      readonly to: number;
    }
  | { readonly kind: 'trace'; readonly job: string; readonly round: RoundResiduals }
  /** The job's status changed. */
  | { readonly kind: 'notify'; readonly job: string }
  /** The job is over; `samples` is present where it has a result. */
  | {
      readonly kind: 'jobEnded';
      readonly job: string;
      readonly samples: LatentHandle | undefined;
    }
  /** A job waits for the description of its model, and a worker that has it is here. */
  | { readonly kind: 'resolve'; readonly job: string }
  | { readonly kind: 'drainWorker'; readonly worker: string }
  | { readonly kind: 'dropWorker'; readonly worker: string };

type Plain<Kind extends ToBlock['kind']> = Extract<ToBlock, { kind: Kind }>;

/** A message to a block with handles in place of latents. */
export type Instruction =
  | (Omit<Plain<'assignBlock'>, 'left' | 'denoised'> & {
      readonly left: LatentHandle | undefined;
      readonly denoised: LatentHandle | undefined;
    })
  | (Omit<Plain<'absorb'>, 'left'> & { readonly left: LatentHandle | undefined })
  | Plain<'sweep'>
  | Plain<'advance'>
  | Plain<'correct'>
  | Plain<'releaseBlock'>;
