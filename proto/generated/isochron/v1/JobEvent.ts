// Original file: isochron/v1/sampler.proto

import type { JobStatus as _isochron_v1_JobStatus, JobStatus__Output as _isochron_v1_JobStatus__Output } from '../../isochron/v1/JobStatus.ts';
import type { TraceRound as _isochron_v1_TraceRound, TraceRound__Output as _isochron_v1_TraceRound__Output } from '../../isochron/v1/TraceRound.ts';
import type { HeldBlock as _isochron_v1_HeldBlock, HeldBlock__Output as _isochron_v1_HeldBlock__Output } from '../../isochron/v1/HeldBlock.ts';

export interface JobEvent {
  'status'?: (_isochron_v1_JobStatus | null);
  'preview'?: (Buffer | Uint8Array | string);
  'rounds'?: (_isochron_v1_TraceRound)[];
  'blocks'?: (_isochron_v1_HeldBlock)[];
  'errorEstimate'?: (number | string);
  'previewShape'?: (number)[];
  '_errorEstimate'?: "errorEstimate";
}

export interface JobEvent__Output {
  'status': (_isochron_v1_JobStatus__Output | null);
  'preview': (Buffer);
  'rounds': (_isochron_v1_TraceRound__Output)[];
  'blocks': (_isochron_v1_HeldBlock__Output)[];
  'errorEstimate'?: (number);
  'previewShape': (number)[];
  '_errorEstimate'?: "errorEstimate";
}
