import type { ResultChunk__Output } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import { float32s, toReport, toTraceRound } from './messages.ts';
import type { JobResult, Report, TraceRound } from './types.ts';

/** Report, samples and trace from the pieces of a result stream. */
export async function collectResult(
  pieces: AsyncIterable<ResultChunk__Output>,
): Promise<JobResult> {
  let report: Report | undefined;
  const parts: Uint8Array[] = [];
  const trace: TraceRound[] = [];
  for await (const { report: head, samples, round } of pieces) {
    if (head !== undefined && head !== null) report = toReport(head);
    if (samples !== undefined) parts.push(samples);
    if (round !== undefined && round !== null) trace.push(toTraceRound(round));
  }
  if (report === undefined) throw cutShort('without its report');
  const shape = [report.samples, ...report.sampleShape];
  const bytes = Buffer.concat(parts);
  const expected = 4 * elementsOf(shape);
  if (bytes.length !== expected) {
    throw cutShort(`with ${bytes.length} bytes of samples, expected ${expected}`);
  }
  return { report, samples: float32s(bytes), shape, trace };
}

/** Samples with a hole must never be written as if they were whole. */
function cutShort(how: string): SamplerError {
  return new SamplerError('INTERNAL', `the result came ${how}; fetch it again`);
}
