// Original file: isochron/v1/sampler.proto

import type { JobState as _isochron_v1_JobState, JobState__Output as _isochron_v1_JobState__Output } from '../../isochron/v1/JobState.ts';
import type { Long } from '@grpc/proto-loader';

export interface JobStatus {
  'job'?: (string);
  'state'?: (_isochron_v1_JobState);
  'model'?: (string);
  'solver'?: (string);
  'method'?: (string);
  'steps'?: (number);
  'samples'?: (number);
  'rounds'?: (number);
  'frontier'?: (number);
  'windowEnd'?: (number);
  'modelCalls'?: (number | string | Long);
  'residual'?: (number | string);
  'elapsedMs'?: (number | string);
  'message'?: (string);
  'errorCode'?: (string);
  'baselineRounds'?: (number);
  'rows'?: (number);
  'client'?: (string);
  'priority'?: (number);
  'tenant'?: (string);
}

export interface JobStatus__Output {
  'job': (string);
  'state': (_isochron_v1_JobState__Output);
  'model': (string);
  'solver': (string);
  'method': (string);
  'steps': (number);
  'samples': (number);
  'rounds': (number);
  'frontier': (number);
  'windowEnd': (number);
  'modelCalls': (number);
  'residual': (number);
  'elapsedMs': (number);
  'message': (string);
  'errorCode': (string);
  'baselineRounds': (number);
  'rows': (number);
  'client': (string);
  'priority': (number);
  'tenant': (string);
}
