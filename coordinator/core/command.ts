/** What the coordinator wants done. Commands of one event are carried out in order. */
import type { RoundResiduals, ToBlock } from '../../shared/kernel/block-messages.ts';
import type { RowScalars } from '../../shared/kernel/row-scalars.ts';
import type { Checkpoint, EdgeHandle, LatentHandle } from './state.ts';

export type Command =
  | { readonly kind: 'openJob'; readonly worker: string; readonly job: string }
  | { readonly kind: 'closeJob'; readonly worker: string; readonly job: string }
  | { readonly kind: 'send'; readonly worker: string; readonly message: Instruction }
  /** Chains live neighbours of a job left to right; answered by the event `composed`. */
  | {
      readonly kind: 'compose';
      readonly job: string;
      /** Echoed in the event. */
      readonly composition: number;
      readonly blocks: readonly ComposedBlock[];
      /** The new left boundary of the first of them. */
      readonly before: LatentHandle | undefined;
      /** The live block on their right. */
      readonly after: Pick<ComposedBlock, 'begin' | 'left' | 'leftSince'> | undefined;
      readonly frontier: Int32Array;
    }
  /** out = x[0] of all samples, from the job's seed. */
  | { readonly kind: 'initial'; readonly job: string; readonly out: LatentHandle }
  /** out = the first guess of x0-hat. */
  | { readonly kind: 'guess'; readonly job: string; readonly out: LatentHandle }
  /** out = the edge at its row, rolled out from the edge of the active rows. */
  | {
      readonly kind: 'rollOut';
      readonly job: string;
      readonly out: EdgeHandle;
      readonly edge: EdgeHandle;
    }
  /** out = the state of a row, from rows that a block handed over. */
  | { readonly kind: 'takeRow'; readonly out: LatentHandle; readonly from: RowsFrom }
  /** Do these states of one row agree? Answered by the event `statesCompared`. */
  | {
      readonly kind: 'compareStates';
      readonly job: string;
      readonly check: number;
      /** The step that leads to it. */
      readonly step: number;
      readonly samples: readonly number[];
      readonly states: readonly LatentHandle[];
      /** Echoed in the event. */
      readonly compared: string;
    }
  | { readonly kind: 'trace'; readonly job: string; readonly round: RoundResiduals }
  /** Rows of a released block, from row `first` on. */
  | {
      readonly kind: 'keepRows';
      readonly job: string;
      readonly first: number;
      readonly states: LatentHandle;
    }
  /** Of every row of a block, in a round that asks for them. */
  | { readonly kind: 'residuals'; readonly job: string; readonly rows: RowScalars }
  /** The job can go on from here if this process ends; undefined: only from its beginning. */
  | {
      readonly kind: 'checkpoint';
      readonly job: string;
      readonly checkpoint: Checkpoint | undefined;
    }
  /** The job's status changed. */
  | { readonly kind: 'notify'; readonly job: string }
  /** The job is over; `samples` is present where it has a result. */
  | {
      readonly kind: 'jobEnded';
      readonly job: string;
      readonly samples: LatentHandle | undefined;
    }
  /** The turn of a job has come: answered by `jobResolved`, `jobRejected` or `jobDeferred`. */
  | {
      readonly kind: 'resolve';
      readonly job: string;
      /** That want the workers now, this one included, as far as they were counted. */
      readonly jobs: number;
    }
  /** The event `tick`, after so many milliseconds. */
  | { readonly kind: 'lookAgain'; readonly afterMs: number }
  | { readonly kind: 'drainWorker'; readonly worker: string }
  /** Does its model still compute? Answered by the event `workerSeen`. */
  | { readonly kind: 'probeWorker'; readonly worker: string }
  /** Ends its registration, and tells it why. */
  | { readonly kind: 'dropWorker'; readonly worker: string; readonly why: string };

export type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Rows first .. last that a block handed over, and where those begin that are meant. */
export interface RowsFrom {
  readonly states: LatentHandle;
  readonly first: number;
  readonly last: number;
  readonly row: number;
}

/** `SweptBlock` of `shared/numerics/compose.ts` by handles; `out` names its right end. */
export interface ComposedBlock {
  readonly begin: number;
  readonly row: number;
  readonly offset: LatentHandle | undefined;
  readonly slope: Float64Array;
  readonly left: LatentHandle | undefined;
  readonly leftSince: LatentHandle | undefined;
  readonly out: LatentHandle;
}

type Plain<Kind extends ToBlock['kind']> = Extract<ToBlock, { kind: Kind }>;

/** A message to a block with handles in place of latents. */
export type Instruction =
  | (Omit<Plain<'assignBlock'>, 'left' | 'denoised' | 'given'> & {
      readonly left: LatentHandle | undefined;
      readonly denoised: LatentHandle | undefined;
      /** The shell adds the rows of the block from the job's trajectory ... */
      readonly given: boolean;
      /** ... or those that another block has handed over. */
      readonly handed?: RowsFrom | undefined;
    })
  | WithLeft<'sweep'>
  | WithLeft<'advance'>
  | WithLeft<'absorb'>
  | Plain<'correct'>
  | WithLeft<'releaseBlock'>;

type WithLeft<Kind extends 'sweep' | 'advance' | 'absorb' | 'releaseBlock'> = Omit<
  Plain<Kind>,
  'left'
> & {
  readonly left: LatentHandle | undefined;
};
