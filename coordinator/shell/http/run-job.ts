/** A job for somebody who waits for its result: it ends when he leaves. */
import type { JobStatus } from '../../../proto/generated/isochron/v1/JobStatus.ts';
import type { SubmitRequest__Output } from '../../../proto/generated/isochron/v1/SubmitRequest.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { Principal } from '../auth/principal.ts';
import { failureCode } from '../failure-code.ts';
import type { Site } from './route.ts';

/**
 * Resolves with the job once it is done.
 * @throws SamplerError CANCELLED, and with what the job failed
 */
export async function runJob(
  { service }: Site,
  caller: Principal,
  request: SubmitRequest__Output,
  left: AbortSignal,
): Promise<string> {
  const { job } = await service.submit(caller, request);
  const watching = { previews: false, trace: false, signal: left };
  let last: JobStatus | undefined;
  for await (const { status } of service.watch(caller, job, watching)) last = status ?? last;
  if (last?.state === 'DONE') return job;
  if (last?.state === 'FAILED') {
    const { errorCode, message = '' } = last;
    throw new SamplerError(failureCode(errorCode), message);
  }
  // who named the request asks for it again, and finds the job
  if (last?.state !== 'CANCELLED' && request.idempotencyKey === '') {
    await service.cancel(caller, job);
  }
  throw new SamplerError('CANCELLED', `job ${job} was cancelled, expected it to end`);
}
