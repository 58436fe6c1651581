/** What can happen to the coordinator. Time arrives with every event, in milliseconds. */
import type {
  Fence,
  FromBlock,
  RoundResiduals,
  WorkCost,
} from '../../shared/kernel/block-messages.ts';
import type { LatencyCurve } from '../../shared/numerics/latency-curve.ts';
import type { Movement } from '../../shared/numerics/solver/groups.ts';
import type {
  Checkpoint,
  EdgeHandle,
  JobFailure,
  JobPlan,
  LatentHandle,
  WorkerState,
} from './state.ts';

export type Event = { readonly atMs: number } & (
  | {
      readonly kind: 'jobSubmitted';
      readonly job: string;
      readonly model: string;
      readonly plan: JobPlan | undefined;
      readonly after: string | undefined;
      /** The job starts from the rows of that one. */
      readonly needsRows?: boolean | undefined;
      /** Who pays for it, and how much it matters among what he has submitted. */
      readonly client?: string | undefined;
      readonly priority?: number | undefined;
    }
  | {
      readonly kind: 'jobResolved';
      readonly job: string;
      readonly plan: JobPlan;
      /** Where an earlier process left it. */
      readonly checkpoint?: Checkpoint | undefined;
    }
  | { readonly kind: 'jobRejected'; readonly job: string; readonly failure: JobFailure }
  /** There are no figures to plan it with, for a moment. */
  | { readonly kind: 'jobDeferred'; readonly job: string }
  /** There are now. */
  | { readonly kind: 'figuresKnown' }
  | { readonly kind: 'cancelRequested'; readonly job: string }
  | { readonly kind: 'jobForgotten'; readonly job: string }
  | {
      readonly kind: 'workerAttached';
      readonly worker: string;
      readonly models: WorkerState['models'];
      /** A model call that takes longer hangs; never, where nobody has measured its calls. */
      readonly hangMs?: number | undefined;
      /** What it calls itself in every registration. */
      readonly name?: string | undefined;
      /** Its id in the registration before, if its process has had one. */
      readonly previous?: string | undefined;
    }
  /** It sent what cannot be true: a tensor with a wrong checksum. */
  | { readonly kind: 'workerStruck'; readonly worker: string; readonly why: string }
  | {
      readonly kind: 'workerSeen';
      readonly worker: string;
      /** For how long its model has shown no progress: what a heartbeat says. */
      readonly progressAgeMs?: number | undefined;
    }
  /** How long calls of a model take on a worker while the others compute. */
  | {
      readonly kind: 'workerMeasured';
      readonly worker: string;
      readonly model: string;
      readonly curve: LatencyCurve;
    }
  | { readonly kind: 'workerLost'; readonly worker: string }
  | { readonly kind: 'drainRequested'; readonly worker: string }
  /** What clients count for from now on; 1 of those who are not in it. */
  | { readonly kind: 'weightsChanged'; readonly weights: ReadonlyMap<string, number> }
  /** How far each block's left boundary moved: the answer to `compose`. */
  | {
      readonly kind: 'composed';
      readonly job: string;
      readonly composition: number;
      readonly movements: readonly Movement[];
    }
  /** The answer to `compareStates`: the first of the votes that each one agrees with. */
  | {
      readonly kind: 'statesCompared';
      readonly job: string;
      readonly check: number;
      readonly compared: string;
      readonly agrees: readonly number[];
      /** Largest RMS difference, and what it may be. */
      readonly difference: number;
      readonly allowed: number;
    }
  | { readonly kind: 'blockReplied'; readonly worker: string; readonly reply: Reply }
  | { readonly kind: 'tick' }
);

/** What a shell gives to the core, which adds the time. */
export type UntimedEvent = Event extends infer E
  ? E extends Event
    ? Omit<E, 'atMs'>
    : never
  : never;

export type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

/** A block's message with handles in place of latents. */
export type Reply =
  | (WithoutLatents<'swept', 'offset' | 'denoised' | 'frozen' | 'step'> & {
      readonly offset: LatentHandle | undefined;
      readonly denoised: LatentHandle | undefined;
      readonly frozen?: LatentHandle | undefined;
      readonly step?: StepHandles | undefined;
    })
  | (WithoutLatents<'absorbed', 'right'> & { readonly right: LatentHandle })
  | Extract<FromBlock, { kind: 'moments' }>
  | (WithoutLatents<'corrected', 'edge'> & { readonly edge: EdgeHandle | undefined })
  | (WithoutLatents<'rows', 'states'> & { readonly states: LatentHandle })
  | { readonly kind: 'progress'; readonly fence: Fence; readonly progress: Advancement }
  | (WithoutLatents<'advanced', 'edge' | 'progress'> & {
      readonly progress: Advancement;
      readonly edge: EdgeHandle;
    })
  | Extract<FromBlock, { kind: 'blockFailed' }>;

export interface Advancement {
  readonly rounds: readonly RoundResiduals[];
  readonly frontier: Int32Array;
  readonly cost: WorkCost;
  readonly updateNorm: number;
  readonly frozenRow?: FrozenRow | undefined;
  readonly step?: StepHandles | undefined;
}

/** A step as a worker computed it. */
export interface StepHandles {
  readonly row: number;
  readonly samples: readonly number[];
  readonly from: LatentHandle;
  readonly to: LatentHandle;
}

/** A row that is final for every sample. */
export type FrozenRow = Pick<Checkpoint, 'row' | 'state' | 'errors'>;

type WithoutLatents<Kind extends FromBlock['kind'], Fields extends string> = Omit<
  Extract<FromBlock, { kind: Kind }>,
  Fields
>;
