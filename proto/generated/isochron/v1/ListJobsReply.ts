// Original file: isochron/v1/sampler.proto

import type { JobStatus as _isochron_v1_JobStatus, JobStatus__Output as _isochron_v1_JobStatus__Output } from '../../isochron/v1/JobStatus.ts';

export interface ListJobsReply {
  'jobs'?: (_isochron_v1_JobStatus)[];
  'more'?: (boolean);
}

export interface ListJobsReply__Output {
  'jobs': (_isochron_v1_JobStatus__Output)[];
  'more': (boolean);
}
