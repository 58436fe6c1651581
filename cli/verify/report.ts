/** A verification as a document for programs and as a table for people. */
import { formatDuration, formatScientific, formatSi } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Check } from './checks.ts';
import type { Verification } from './run.ts';

/** `verify --json`: a contract with other programs. */
export interface VerificationDocument {
  readonly folder: string;
  readonly job: string;
  readonly model: string;
  readonly modelSha256: string;
  readonly tolerance: number;
  readonly passed: boolean;
  /** The checks that do not hold, with what was found; empty if all do. */
  readonly reason: string;
  readonly checks: readonly Check[];
  /** What the cluster found now; null where the files were too damaged. */
  readonly recomputed: {
    readonly residualMax: number;
    readonly residualRow: number;
    readonly residualSample: number;
    readonly increment: number;
    readonly modelCalls: number;
    readonly wallMs: number;
    readonly workers: number;
    readonly blocks: number;
  } | null;
}

export function verificationDocument(
  folder: string,
  { document, checks, recomputed }: Verification,
): VerificationDocument {
  const { job, model, modelSha256, tolerance } = document;
  const broken = checks.filter(({ held }) => !held);
  return {
    folder,
    job,
    model,
    modelSha256,
    tolerance,
    passed: broken.length === 0,
    reason: broken.map(({ name, detail }) => `${name}: ${detail}`).join('; '),
    checks,
    recomputed: recomputed && {
      residualMax: recomputed.residualMax,
      residualRow: recomputed.residualRow,
      residualSample: recomputed.residualSample,
      increment: Math.max(0, ...recomputed.increments),
      modelCalls: recomputed.modelCalls,
      wallMs: recomputed.wallMs,
      workers: recomputed.workers,
      blocks: recomputed.blocks,
    },
  };
}

export function verificationText(document: VerificationDocument): string {
  const { job, model, checks, passed, recomputed, tolerance } = document;
  const columns = [{ title: 'check' }, { title: 'holds' }, { title: 'found' }];
  const rows = checks.map(({ name, held, detail }) => [name, held ? 'yes' : 'NO', detail]);
  const verdict = passed ? `holds at tolerance ${tolerance}` : 'does NOT hold';
  const lines = [renderTable(columns, rows), '', `job ${job} of ${model}: ${verdict}`];
  if (recomputed !== null) {
    const { residualMax, residualRow, modelCalls, workers, blocks, wallMs } = recomputed;
    const largest = `largest residual ${formatScientific(residualMax)} at step ${residualRow}`;
    const cost = `${formatSi(modelCalls)} model calls in ${blocks} blocks on ${workers} workers`;
    lines.push(`${largest}; ${cost}, ${formatDuration(wallMs)}`);
  }
  return `${lines.join('\n')}\n`;
}
