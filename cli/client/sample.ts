/** A job from its submission to its result, in one call. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ResultOptions, SampleOptions, SubmitOptions, WatchOptions } from './options.ts';
import type {
  JobEvent,
  JobResult,
  JobState,
  JobStatus,
  Submitted,
  SubmitRequest,
} from './types.ts';

/** What of a client it takes. */
interface Sampler {
  submit(request: SubmitRequest, options?: SubmitOptions): Promise<Submitted>;
  watch(job: string, options?: WatchOptions): AsyncIterable<JobEvent>;
  cancel(job: string): Promise<JobStatus>;
  result(job: string, options?: ResultOptions): Promise<JobResult>;
}

export async function sampled(
  client: Sampler,
  request: SubmitRequest,
  options: SampleOptions,
): Promise<JobResult> {
  const { signal, onProgress, trajectory, ...wanted } = options;
  const left = (): boolean => signal?.aborted === true;
  if (left()) throw cancelled(signal);
  // Not ended by the signal: a job whose id never arrived could not be cancelled.
  const { job } = await client.submit(request, trajectory === undefined ? {} : { trajectory });
  try {
    const watching = signal === undefined ? {} : { signal };
    let last: JobStatus | undefined;
    for await (const { status } of client.watch(job, watching)) {
      last = status;
      onProgress?.(status);
    }
    if (last !== undefined && isFinal(last.state)) {
      const failure = failureOf(last);
      if (failure !== undefined) throw failure;
      return await client.result(job, { ...wanted, ...watching });
    }
  } catch (error) {
    if (!left()) throw error;
  }
  await client.cancel(job);
  throw cancelled(signal, job);
}

/** Whether a job can change no more. */
export function isFinal(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** Why a job that is over has no result; undefined if it has one. */
export function failureOf({ job, state, message, errorCode }: JobStatus): SamplerError | undefined {
  const context = { job };
  if (state === 'cancelled')
    return new SamplerError('CANCELLED', `job ${job} was cancelled`, { context });
  if (state !== 'failed') return undefined;
  const reason = message === '' ? 'no reason was given' : message;
  return new SamplerError(errorCode ?? 'INTERNAL', `job ${job} failed: ${reason}`, { context });
}

function cancelled(signal: AbortSignal | undefined, job?: string): SamplerError {
  const what = job === undefined ? 'nothing was submitted' : `job ${job} was cancelled`;
  return new SamplerError('CANCELLED', `the signal ended the call: ${what}`, {
    ...(job === undefined ? {} : { context: { job } }),
    cause: signal?.reason,
  });
}
