/**
 * Who looks on while the engine works: metrics, traces, the log. Observers are called where it
 * happens, on the thread that does it, and change nothing.
 */
import type { FromBlock, ToWorker } from '../../shared/kernel/block-messages.ts';
import type { Command } from '../core/command.ts';
import type { Event } from '../core/event.ts';
import type { JobState, State } from '../core/state.ts';

/** One event, and what became of it. */
export interface Happening {
  readonly event: Event;
  /** A copy from before: reads of it are a little slower. */
  readonly before: State;
  readonly after: State;
  readonly commands: readonly Command[];
}

/** A block's message, and what it changed. */
export interface ObservedReply {
  readonly worker: string;
  readonly message: FromBlock;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly before: JobState | undefined;
  readonly job: JobState | undefined;
  readonly stale: boolean;
}

/** Times are milliseconds of `performance.now()`. */
export interface EngineObserver {
  happened?(happening: Happening): void;
  /** On its way to a worker. */
  ordered?(worker: string, message: ToWorker, atMs: number): void;
  replied?(reply: ObservedReply): void;
  /** Boundaries of a job were composed. */
  composed?(job: string, startedMs: number, endedMs: number): void;
  /** Of a job, a part, a baseline or an audit. */
  ended?(job: JobState): void;
}
