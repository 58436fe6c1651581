/** What the shell keeps of a job beside the core's state: bytes, clocks, watchers, result. */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { JobFailure } from '../core/state.ts';
import { createTrace, type Trace } from './trace.ts';

/** What is known of a job once its model is. */
export interface Resolved {
  readonly spec: JobSpec;
  readonly model: RegisteredModel;
  readonly table: StepTable;
  /** First guess of x0-hat, where the model allows one. */
  readonly guess: Float32Array | undefined;
}

export interface JobRecord {
  readonly id: string;
  readonly request: SubmitRequest__Output;
  /** Set when the model is known. */
  resolved: Resolved | undefined;
  readonly trace: Trace;
  /** As serialised, data stream only. */
  readonly bytes: { toWorkers: number; fromWorkers: number };
  readonly workersUsed: Set<string>;
  /** Time that this process spent on the job. */
  coordinatorMs: number;
  /** Current estimate of the samples. */
  preview: Float32Array | undefined;
  samples: Float32Array | undefined;
  /** The result can be fetched. */
  stored: boolean;
  /** The result could not be kept although the job ran. */
  failure: JobFailure | undefined;
  /** The sequential job of a comparison. */
  readonly baseline: string | undefined;
  /** A baseline is nobody's job: it is not listed. */
  readonly hidden: boolean;
  readonly watchers: Set<() => void>;
}

export function createJobRecord(
  id: string,
  request: SubmitRequest__Output,
  options: { readonly baseline?: JobRecord } = {},
): JobRecord {
  return {
    id,
    request,
    resolved: undefined,
    trace: createTrace(),
    bytes: { toWorkers: 0, fromWorkers: 0 },
    workersUsed: new Set(),
    coordinatorMs: 0,
    preview: undefined,
    samples: undefined,
    stored: false,
    failure: undefined,
    baseline: options.baseline?.id,
    hidden: false,
    // who watches a comparison watches its baseline first
    watchers: options.baseline?.watchers ?? new Set(),
  };
}
