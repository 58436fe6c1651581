// Original file: isochron/v1/sampler.proto

import type { TimeSplit as _isochron_v1_TimeSplit, TimeSplit__Output as _isochron_v1_TimeSplit__Output } from '../../isochron/v1/TimeSplit.ts';
import type { Baseline as _isochron_v1_Baseline, Baseline__Output as _isochron_v1_Baseline__Output } from '../../isochron/v1/Baseline.ts';
import type { Certificate as _isochron_v1_Certificate, Certificate__Output as _isochron_v1_Certificate__Output } from '../../isochron/v1/Certificate.ts';
import type { PlanSummary as _isochron_v1_PlanSummary, PlanSummary__Output as _isochron_v1_PlanSummary__Output } from '../../isochron/v1/PlanSummary.ts';
import type { Long } from '@grpc/proto-loader';

export interface Report {
  'job'?: (string);
  'model'?: (string);
  'modelSha256'?: (string);
  'method'?: (string);
  'solver'?: (string);
  'steps'?: (number);
  'samples'?: (number);
  'seed'?: (number | string | Long);
  'tolerance'?: (number | string);
  'window'?: (number);
  'blocks'?: (number);
  'workers'?: (number);
  'rounds'?: (number);
  'modelCalls'?: (number | string | Long);
  'forwardPasses'?: (number | string | Long);
  'sequentialCalls'?: (number | string | Long);
  'wallMs'?: (number | string);
  'timeMs'?: (_isochron_v1_TimeSplit | null);
  'bytesToWorkers'?: (number | string | Long);
  'bytesFromWorkers'?: (number | string | Long);
  'residualMax'?: (number | string);
  'errorEstimate'?: (number | string);
  'emulated'?: (boolean);
  'sequential'?: (_isochron_v1_Baseline | null);
  'guidance'?: (number | string);
  'outcome'?: (string);
  'sampleShape'?: (number)[];
  'valueMinimum'?: (number | string);
  'valueMaximum'?: (number | string);
  'certificate'?: (_isochron_v1_Certificate | null);
  'plan'?: (_isochron_v1_PlanSummary | null);
  'stop'?: (string);
  'resumedFrom'?: (number);
  'idealMs'?: (number | string);
  'hostLateMs'?: (number | string);
  'wire'?: (string);
  '_sequential'?: "sequential";
  '_certificate'?: "certificate";
}

export interface Report__Output {
  'job': (string);
  'model': (string);
  'modelSha256': (string);
  'method': (string);
  'solver': (string);
  'steps': (number);
  'samples': (number);
  'seed': (number);
  'tolerance': (number);
  'window': (number);
  'blocks': (number);
  'workers': (number);
  'rounds': (number);
  'modelCalls': (number);
  'forwardPasses': (number);
  'sequentialCalls': (number);
  'wallMs': (number);
  'timeMs': (_isochron_v1_TimeSplit__Output | null);
  'bytesToWorkers': (number);
  'bytesFromWorkers': (number);
  'residualMax': (number);
  'errorEstimate': (number);
  'emulated': (boolean);
  'sequential'?: (_isochron_v1_Baseline__Output | null);
  'guidance': (number);
  'outcome': (string);
  'sampleShape': (number)[];
  'valueMinimum': (number);
  'valueMaximum': (number);
  'certificate'?: (_isochron_v1_Certificate__Output | null);
  'plan': (_isochron_v1_PlanSummary__Output | null);
  'stop': (string);
  'resumedFrom': (number);
  'idealMs': (number);
  'hostLateMs': (number);
  'wire': (string);
  '_sequential'?: "sequential";
  '_certificate'?: "certificate";
}
