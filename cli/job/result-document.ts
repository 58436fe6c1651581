import type { Baseline, JobResult, TimeSplit } from '../client/types.ts';

/** `result.json` and `--json`: a contract with other programs; fields are added, never renamed. */
export interface ResultDocument {
  readonly job: string;
  readonly model: string;
  readonly modelSha256: string;
  readonly method: string;
  readonly solver: string;
  readonly steps: number;
  readonly samples: number;
  readonly seed: number;
  readonly tolerance: number;
  readonly window: number;
  readonly blocks: number;
  readonly workers: number;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly forwardPasses: number;
  readonly sequentialCalls: number;
  readonly wallMs: number;
  readonly timeMs: TimeSplit;
  readonly bytes: { readonly toWorkers: number; readonly fromWorkers: number };
  readonly residualMax: number;
  readonly errorEstimate: number;
  readonly guidance: number;
  readonly outcome: string;
  readonly converged: boolean;
  readonly emulated: boolean;
  readonly sequential: Baseline | null;
  /** Sequential wall clock over ours; null without a baseline. */
  readonly speedup: number | null;
  /** Relative to result.json; null where no folder was asked for. */
  readonly samplesFile: string | null;
  readonly images: readonly string[];
}

export interface WrittenFiles {
  readonly samplesFile: string | null;
  readonly images: readonly string[];
}

/** Field by field, in the order in which people read them. */
export function resultDocument({ report }: JobResult, files: WrittenFiles): ResultDocument {
  const { wallMs, sequential } = report;
  return {
    job: report.job,
    model: report.model,
    modelSha256: report.modelSha256,
    method: report.method,
    solver: report.solver,
    steps: report.steps,
    samples: report.samples,
    seed: report.seed,
    guidance: report.guidance,
    tolerance: report.tolerance,
    window: report.window,
    blocks: report.blocks,
    workers: report.workers,
    outcome: report.outcome,
    converged: report.outcome === 'converged',
    rounds: report.rounds,
    modelCalls: report.modelCalls,
    forwardPasses: report.forwardPasses,
    sequentialCalls: report.sequentialCalls,
    wallMs,
    timeMs: report.timeMs,
    bytes: report.bytes,
    residualMax: report.residualMax,
    errorEstimate: report.errorEstimate,
    emulated: report.emulated,
    sequential,
    speedup: speedupOf(wallMs, sequential),
    samplesFile: files.samplesFile,
    images: [...files.images],
  };
}

function speedupOf(wallMs: number, sequential: Baseline | null): number | null {
  return sequential === null || !(wallMs > 0) ? null : sequential.wallMs / wallMs;
}
