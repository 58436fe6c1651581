/** What everything that concerns jobs is done with. */
import type { Logger } from 'pino';
import type { Engine } from './engine.ts';
import type { Ledger } from './ledger.ts';
import type { PipelineCalls } from './pipeline-calls.ts';
import type { Planner } from './planning.ts';

export interface JobDeskOptions {
  readonly engine: () => Engine;
  readonly planner: Planner;
  /** Workers are being measured beside each other, for a moment. */
  readonly measuring: () => boolean;
  readonly ledger: Ledger;
  readonly pipelines: PipelineCalls;
  readonly log: Logger;
  /** When the last job ended that the engine has forgotten, on its clock. */
  readonly busy: { untilMs: number };
}
