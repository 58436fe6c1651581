/**
 * What the coordinator knows. Small plain data: latents are named by handles whose bytes live in
 * the shell, at most a boundary and a summary per live block, never a trajectory.
 */
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import type { ErrorState } from '../../shared/kernel/error-state.ts';
import type { Outcome } from '../../shared/kernel/outcome.ts';
import type { RowScalars } from '../../shared/kernel/row-scalars.ts';
import type { LatencyCurve } from '../../shared/numerics/latency-curve.ts';
import type { Block, DealtBlock, Share } from '../../shared/numerics/partition.ts';
import type { FreezeRule } from '../../shared/numerics/solver/freeze.ts';
import type { Initialization, MethodName } from '../../shared/numerics/solver/method.ts';
import type { Checks } from './checks.ts';
import { fairQueue, type FairQueue } from './fair-queue.ts';
import type { LatentHandle } from './latent-handle.ts';
import { SharedMap } from './shared-map.ts';
import type { Doubts, Hazards, Suspect, Trust } from './suspicion.ts';
import type { Lagging, Wave } from './wave-state.ts';

export type { LatentHandle } from './latent-handle.ts';

/** What the model calls of a worker took lately: sums in which older ones count less. */
export interface Pace {
  readonly calls: number;
  /** Model rows. */
  readonly rows: number;
  readonly ms: number;
  /** Of the newest of them. */
  readonly atMs: number;
}

/** A model that a worker can run. */
export interface WorkerModel {
  readonly name: string;
  readonly sha256: string;
  /** As it was measured while no job ran. */
  readonly curve?: LatencyCurve | undefined;
  readonly pace?: Pace | undefined;
}

export interface WorkerState extends Doubts {
  readonly id: string;
  readonly models: readonly WorkerModel[];
  readonly draining: boolean;
  readonly attachedMs: number;
  readonly lastSeenMs: number;
}

/** A job that runs some of the samples of another one. */
export interface Part {
  readonly job: string;
  readonly samples: number;
  /** Where an earlier process left it. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * A row that is final for every sample, and what the rounds behind it need to know: a job can go on
 * from here, in another process as well.
 */
export interface Checkpoint {
  readonly row: number;
  /** x[row] of all samples. */
  readonly state: LatentHandle;
  readonly errors: ErrorState;
  readonly restarts: number;
  readonly roundsLost: number;
  readonly tally: Tally;
  /** How long the job had run for. */
  readonly elapsedMs: number;
  /** Names of the workers whose numbers it rests on. */
  readonly hands?: readonly string[];
  /** Of a job that had ended; its row is N. */
  readonly outcome?: Outcome | undefined;
}

/** What a job is expected to take of the cluster. */
export interface Demand {
  /** Forward passes of the sequential sampler. */
  readonly passes: number;
  /** Milliseconds of one, in the best batch of a worker that has the model. */
  readonly passMs: number;
}

/** The part of a job that never changes once its model is known. */
export interface JobPlan extends FreezeRule {
  readonly model: string;
  readonly modelSha256: string;
  readonly method: MethodName;
  readonly initialization: Initialization;
  readonly samples: number;
  /** Scalars of one latent; what is not known counts as little. */
  readonly dim?: number | undefined;
  /** Latents of a row's bundle; absent: 1. */
  readonly latentsPerRow?: number | undefined;
  readonly window: number;
  /** Blocks live at once; 0 lets the number of workers decide. */
  readonly blocks: number;
  /** How many workers get blocks, and which are preferred; absent where all may. */
  readonly deal?: { readonly count: number; readonly prefer: readonly string[] } | undefined;
  readonly roundsMax: number;
  /** Rounds in a row that may end in front of a late block; absent: 0. */
  readonly maxLag?: number | undefined;
  /** An x0-hat to roll the first rows out from is known before the first round. */
  readonly guess: boolean;
  /** Row 0 is not what the seed makes of it: workers are given it. */
  readonly startGiven?: boolean;
  /** Jobs that run some of the samples each, side by side; absent where all run together. */
  readonly parts?: readonly Part[] | undefined;
  /** Rows start from a trajectory that the shell holds. */
  readonly given?: boolean | undefined;
  /** Every row is collected from the block that froze it. */
  readonly keepRows?: boolean | undefined;
  /** One round over all rows of the given trajectory, for their residuals. */
  readonly audit?: boolean | undefined;
  /** Absent where forward passes count as a millisecond each. */
  readonly demand?: Demand | undefined;
  /** Other workers look at some of its steps. */
  readonly checkable?: boolean | undefined;
  /** It can go on from a row that is frozen, so such rows are asked for now and then. */
  readonly resumable?: boolean | undefined;
}

export type JobPhase = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface JobFailure {
  readonly code: string;
  readonly message: string;
}

export interface Tally {
  readonly rounds: number;
  /** Those that ended in front of a late block. */
  readonly staleRounds: number;
  readonly modelCalls: number;
  readonly forwardPasses: number;
  readonly sequentialCalls: number;
  /** Of the busiest worker, milliseconds. */
  readonly modelMs: number;
  readonly queueMs: number;
  readonly scanMs: number;
  /** Sum over the rounds of the slowest worker's model time. */
  readonly idealMs: number;
  /** By which calls of emulated devices were late, all workers together. */
  readonly lateMs: number;
  readonly residualMax: number;
  readonly errorEstimate: number;
  /** Largest gain-weighted update norm of the last round. */
  readonly residual: number;
}

/** Milliseconds of one worker. */
export type TimeSpent = Pick<Tally, 'modelMs' | 'queueMs' | 'scanMs'>;

export const emptyTally: Tally = {
  rounds: 0,
  staleRounds: 0,
  modelCalls: 0,
  forwardPasses: 0,
  sequentialCalls: 0,
  modelMs: 0,
  queueMs: 0,
  scanMs: 0,
  idealMs: 0,
  lateMs: 0,
  residualMax: 0,
  errorEstimate: 0,
  residual: Infinity,
};

export type BlockPhase =
  'sweeping' | 'swept' | 'absorbing' | 'correcting' | 'absorbed' | 'advancing' | 'moving';

/** What a block said of its last sweep. */
export interface Summary {
  readonly row: number;
  readonly offset: LatentHandle | undefined;
  readonly slope: Float64Array;
  /** A few numbers per live row: all that freezing needs, and no latent. */
  readonly rows: RowScalars | undefined;
  readonly denoised: LatentHandle | undefined;
  /** As in `Swept`. */
  readonly volatility?: Float64Array | undefined;
}

export interface EdgeHandle {
  readonly row: number;
  readonly state: LatentHandle;
  readonly denoised: LatentHandle | undefined;
  readonly volatility?: Float64Array | undefined;
}

/** A boundary on its way to a block of the pipeline, and whether its maker is frozen with it. */
export interface PendingBoundary {
  readonly state: LatentHandle;
  readonly final: boolean;
}

/** A frozen block whose rows are on their way from its worker. */
export interface OwingBlock extends Block {
  readonly index: number;
  readonly worker: string;
  readonly attempt: number;
}

/** Another worker that sweeps a block in the same round, from its left boundary. */
export interface Twin {
  readonly worker: string;
  readonly attempt: number;
  /** That it was told: nothing inside the block is frozen for it. */
  readonly frontier: Int32Array;
  readonly left: LatentHandle | undefined;
  readonly sentMs: number;
}

/** A block that some worker owns. */
export interface BlockState extends Block, Hazards, Lagging {
  readonly index: number;
  /** Rows behind it that had not entered go back to the partition when it moves. */
  end: number;
  /** Empty while no worker can take it. */
  worker: string;
  attempt: number;
  round: number;
  phase: BlockPhase;
  /** Left boundary; undefined for the first block, whose boundary is made from the seed. */
  left: LatentHandle | undefined;
  /** The left boundary moved, and the worker that holds the block does not know it yet. */
  leftMoved: boolean;
  /** Parareal: left boundaries that the block has not absorbed yet, oldest first. */
  pendingLeft: readonly PendingBoundary[];
  /** Parareal: the boundary that the block holds is the final one. */
  leftFinal: boolean;
  /** Its right end as composed, or as Parareal made it. */
  right: LatentHandle | undefined;
  /** The row of `right`. */
  rightRow: number;
  summary: Summary | undefined;
  /** When its last sweep was ordered, and who else was asked for it since. */
  sentMs: number;
  twin: Twin | undefined;
  wantsDenoised: boolean;
  /** The frontier that its last sweep knew. */
  sweptFrom: Int32Array;
  /** The rows of the last sweep that a wave composed, and w behind them, a round before. */
  rows: RowScalars | undefined;
  behind: Float64Array | undefined;
  /** Of the last sweep. */
  residuals: RoundResiduals | undefined;
  /** The frozen row that its sweep was asked for, and the errors there. */
  asked: { readonly row: number; readonly errors: ErrorState } | undefined;
  /** ParaTAA: Gram totals that wait for those of the others; then the corrected rows. */
  moments: Float64Array | undefined;
  corrected: RowScalars | undefined;
  /** Model calls on the longest chain that ends in this block's present state. */
  ready: number;
  failures: number;
  /** It advances, and nothing else runs: its calls may take the cores of other workers. */
  alone: boolean;
}

export interface JobState {
  readonly id: string;
  /** The job that this one is a part of. */
  readonly whole?: string | undefined;
  /** Who pays for it. */
  readonly client: string;
  /** Undefined until its turn comes: it is planned for the workers and the load of that moment. */
  readonly plan: JobPlan | undefined;
  /** It was asked for its plan, and there are no figures yet to plan with. */
  readonly deferred: boolean;
  readonly model: string;
  /** This job starts when that one has ended: the sequential baseline of a comparison. */
  readonly after: string | undefined;
  /** It starts from the rows of that one, so it cannot where they are not there. */
  readonly needsRows: boolean;
  phase: JobPhase;
  failure: JobFailure | undefined;
  outcome: Outcome | undefined;
  submittedMs: number;
  startedMs: number;
  /** When the last row froze, or the job gave up; rows may still be collected then. */
  settledMs: number;
  endedMs: number;
  partition: readonly DealtBlock[];
  /** Rows of a round by worker, where they are not dealt evenly. */
  shares: readonly Share[] | undefined;
  /** Workers that the job was opened on. */
  opened: readonly string[];
  /** Live blocks, left to right. */
  blocks: readonly BlockState[];
  /** Of the partition, the next one to enter. */
  nextBlock: number;
  /** Blocks that there ever were: their names on the wire. */
  indices: number;
  /** Milliseconds of its newest sweeps, and pairs of row and sample that twins were asked for. */
  sweepMs: readonly number[];
  twinRows: number;
  /** Who takes part has changed since what is still to enter was cut. */
  recut: boolean;
  /** A worker has joined that could have rows of it and has none. */
  room: boolean;
  /** Typical pace of its workers when the last round ended; 0 before. */
  pace: number;
  wave: Wave;
  /** Compositions that were asked for, so that none is taken for another. */
  compositions: number;
  frontier: Int32Array;
  /** What its frozen rows may be off by. */
  errors: ErrorState;
  /** How often its rounds started again with a stricter rule. */
  restarts: number;
  /** The newest row that it can go on from, and when that came. */
  checkpoint: Checkpoint | undefined;
  checkpointMs: number;
  /** The row that it began at in this process. */
  resumedFrom: number;
  /** Rows of the blocks that were lost with their workers: as many rounds repeat them at most. */
  roundsLost: number;
  /**
   * End of the last block that was lost when some samples were past it: their rows up to here are
   * nowhere, so no row up to here is one to go on from.
   */
  tornRow: number;
  /** The newest attempt of any of its blocks: none comes twice, not even after a restart. */
  attempts: number;
  windowEnd: number;
  edge: EdgeHandle | undefined;
  /** The samples of a job that waits for the rows of its blocks. */
  result: LatentHandle | undefined;
  owing: readonly OwingBlock[];
  /** Who may have lied about it. */
  suspects?: readonly Suspect[] | undefined;
  checks: Checks;
  /** Why the trajectory will not be whole; empty while it can be. */
  rowsLost: string;
  tally: Tally;
  /** Model calls in a row that each worker has served, for `sequentialCalls`. */
  callClock: ReadonlyMap<string, number>;
  /** What the busiest worker of an earlier process spent on it: each one here goes on from that. */
  spentBefore: TimeSpent;
  /** What each worker spent on the job. */
  spent: ReadonlyMap<string, TimeSpent>;
  /** Model milliseconds by worker, of rounds that are not over. */
  roundMs: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

export interface State {
  readonly epoch: number;
  readonly leaseMs: number;
  readonly jobsRunningMax: number;
  /** When time was last looked at; undefined before anything happened. */
  readonly lastTickMs: number | undefined;
  /** Replies that were dropped because they came too late or twice. */
  readonly staleReplies: number;
  /** Between two checkpoints of a job; Infinity where nobody keeps them. */
  readonly checkpointMs: number;
  /** Other workers recompute one in so many steps that freeze; 0: none. */
  readonly spotCheckEvery: number;
  /** By the name of a worker. */
  readonly trust: ReadonlyMap<string, Trust>;
  readonly workers: ReadonlyMap<string, WorkerState>;
  /** In order of submission. */
  readonly jobs: ReadonlyMap<string, JobState>;
  /** Jobs that have not started. */
  readonly queue: FairQueue;
  /** Jobs that have blocks or parts, as they started. */
  readonly running: readonly string[];
  /** The job whose plan is being made. */
  readonly resolving: string | undefined;
}

export interface StateOptions
  extends
    Pick<State, 'epoch' | 'leaseMs' | 'jobsRunningMax'>,
    Partial<Pick<State, 'checkpointMs' | 'spotCheckEvery'>> {
  /** Of clients that count more, or less, than others. */
  readonly weights?: ReadonlyMap<string, number>;
}

export function initialState({ weights, ...options }: StateOptions): State {
  const [workers, jobs] = [new SharedMap<WorkerState>(), new SharedMap<JobState>()];
  return {
    checkpointMs: Infinity,
    spotCheckEvery: 0,
    ...options,
    lastTickMs: undefined,
    staleReplies: 0,
    trust: new Map(),
    workers,
    jobs,
    queue: fairQueue(weights),
    running: [],
    resolving: undefined,
  };
}

export function isOver(job: JobState): boolean {
  return job.phase === 'done' || job.phase === 'failed' || job.phase === 'cancelled';
}
