/** Jobs as clients ask for them: a page at a time, the newest first to come. */
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { ListJobsRequest__Output } from '../../proto/generated/isochron/v1/ListJobsRequest.ts';
import { limits } from '../../shared/kernel/limits.ts';

export interface Page {
  readonly jobs: JobStatus[];
  /** There are older ones. */
  readonly more: boolean;
}

/** @param known the oldest first */
export function pageOf(
  known: readonly JobStatus[],
  { client, limit, before }: ListJobsRequest__Output,
): Page {
  const most = Math.min(limit || limits.jobsListedMax, limits.jobsListedMax);
  const end = before === '' ? known.length : known.findIndex(({ job }) => job === before);
  const found = known
    .slice(0, Math.max(0, end))
    .filter((status) => client === '' || status.client === client);
  return { jobs: found.slice(-most), more: found.length > most };
}
