/** A stored result, piece by piece, as the service streams it. */
import type { Report__Output } from '../../../proto/generated/isochron/v1/Report.ts';
import type { ResultChunk } from '../../../proto/generated/isochron/v1/ResultChunk.ts';
import type { TraceRound } from '../../../proto/generated/isochron/v1/TraceRound.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { Principal } from '../auth/principal.ts';
import { received } from './message-json.ts';
import type { Site } from './route.ts';

export interface StreamedResult {
  readonly report: Report__Output;
  /** Little-endian float32, in pieces. */
  readonly samples: () => AsyncIterable<Uint8Array>;
  readonly rounds: () => AsyncIterable<TraceRound>;
}

/** @throws SamplerError where the job has no result */
export async function readResult(
  { service }: Site,
  caller: Principal,
  job: string,
): Promise<StreamedResult> {
  const chunks = (): AsyncIterable<ResultChunk> =>
    service.result(caller, { job, trajectory: false, pictures: false });
  for await (const { report } of chunks()) {
    if (!report) break;
    return {
      report: received('Report', report),
      async *samples() {
        for await (const { samples } of chunks()) if (samples instanceof Uint8Array) yield samples;
      },
      async *rounds() {
        for await (const { round } of chunks()) if (round) yield round;
      },
    };
  }
  throw new SamplerError('INTERNAL', `the result of job ${job} begins without its report`);
}
