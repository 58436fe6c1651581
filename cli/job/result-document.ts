import type { Baseline, Certificate, Figures, JobResult } from '../client/types.ts';

/** `result.json` and `--json`: a contract with other programs; fields are added, never renamed. */
export interface ResultDocument extends Figures {
  readonly converged: boolean;
  /** Sequential wall clock over ours; null without a baseline. */
  readonly speedup: number | null;
  /** Null where none was asked for. */
  readonly certificate: CertificateSummary | null;
  /** Relative to result.json; null where no folder was asked for. */
  readonly samplesFile: string | null;
  readonly images: readonly string[];
}

/** The short form of certificate.json. */
export interface CertificateSummary {
  readonly passed: boolean;
  /** Why not; empty if it passed. */
  readonly reason: string;
  readonly residualMax: number;
  /** Step i of the largest residual, and its sample. */
  readonly residualRow: number;
  readonly residualSample: number;
  /** Largest over the samples. */
  readonly increment: number;
  /** Not counted in the job's own. */
  readonly modelCalls: number;
  readonly forwardPasses: number;
  readonly wallMs: number;
  /** Relative to result.json: what `verify` reads; empty where no folder was asked for. */
  readonly files: readonly string[];
}

export interface WrittenFiles {
  readonly samplesFile: string | null;
  readonly images: readonly string[];
  readonly certified?: readonly string[];
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
    rows: report.rows,
    samples: report.samples,
    seed: report.seed,
    guidance: report.guidance,
    tolerance: report.tolerance,
    stop: report.stop,
    window: report.window,
    blocks: report.blocks,
    workers: report.workers,
    outcome: report.outcome,
    resumedFrom: report.resumedFrom,
    spotChecks: report.spotChecks,
    converged: report.outcome === 'converged',
    rounds: report.rounds,
    staleRounds: report.staleRounds,
    modelCalls: report.modelCalls,
    forwardPasses: report.forwardPasses,
    sequentialCalls: report.sequentialCalls,
    wallMs,
    timeMs: report.timeMs,
    bytes: report.bytes,
    residualMax: report.residualMax,
    errorEstimate: report.errorEstimate,
    emulated: report.emulated,
    idealMs: report.idealMs,
    hostLateMs: report.hostLateMs,
    wire: report.wire,
    sequential,
    speedup: speedupOf(wallMs, sequential),
    plan: report.plan,
    certificate: certificateSummary(report.certificate, files.certified ?? []),
    samplesFile: files.samplesFile,
    images: [...files.images],
  };
}

function speedupOf(wallMs: number, sequential: Baseline | null): number | null {
  return sequential === null || !(wallMs > 0) ? null : sequential.wallMs / wallMs;
}

function certificateSummary(
  certificate: Certificate | null,
  files: readonly string[],
): CertificateSummary | null {
  if (certificate === null) return null;
  const { passed, reason, residualMax, residualRow, residualSample, increments } = certificate;
  const { modelCalls, forwardPasses, wallMs } = certificate;
  const increment = Math.max(0, ...increments);
  const found = { passed, reason, residualMax, residualRow, residualSample, increment };
  return { ...found, modelCalls, forwardPasses, wallMs, files: [...files] };
}
