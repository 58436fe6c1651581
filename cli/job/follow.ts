import { failureOf } from '../client/sample.ts';
import type { Client, JobResult, JobStatus, ResultOptions } from '../client.ts';
import type { Progress } from './progress.ts';

/** Shows a job until it ends; the status it ended with, or undefined if `signal` came first. */
export async function follow(
  client: Client,
  job: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<JobStatus | undefined> {
  let last: JobStatus | undefined;
  try {
    for await (const { status } of client.watch(job, signal === undefined ? {} : { signal })) {
      progress.show(status);
      last = status;
    }
  } finally {
    progress.end();
  }
  return signal?.aborted === true ? undefined : last;
}

/** Ctrl-C cancels the job, and the cancelled state is awaited: nothing computes on unseen. */
export async function followOrCancel(
  client: Client,
  job: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<JobStatus> {
  const last = await follow(client, job, progress, signal);
  if (last !== undefined) return last;
  return client.cancel(job);
}

/** The result of a job that is done; an error that says why for one that failed. */
export async function resultOf(
  client: Client,
  status: JobStatus,
  options: ResultOptions = {},
): Promise<JobResult> {
  const failure = failureOf(status);
  if (failure !== undefined) throw failure;
  return client.result(status.job, options);
}
