// Original file: isochron/v1/sampler.proto

import type { JobStatus as _isochron_v1_JobStatus, JobStatus__Output as _isochron_v1_JobStatus__Output } from '../../isochron/v1/JobStatus.ts';

export interface JobEvent {
  'status'?: (_isochron_v1_JobStatus | null);
  'preview'?: (Buffer | Uint8Array | string);
}

export interface JobEvent__Output {
  'status': (_isochron_v1_JobStatus__Output | null);
  'preview': (Buffer);
}
