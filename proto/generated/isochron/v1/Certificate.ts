// Original file: isochron/v1/sampler.proto

import type { Long } from '@grpc/proto-loader';

export interface Certificate {
  'passed'?: (boolean);
  'reason'?: (string);
  'residualMax'?: (number | string);
  'residualRow'?: (number);
  'residualSample'?: (number);
  'increments'?: (number | string)[];
  'modelCalls'?: (number | string | Long);
  'forwardPasses'?: (number | string | Long);
  'wallMs'?: (number | string);
  'workers'?: (number);
  'blocks'?: (number);
  'eta'?: (number | string);
  'spacing'?: (string);
  'gridSha256'?: (string);
  'outputScales'?: (number | string)[];
  'batchJitter'?: (number | string);
  'errorEstimate'?: (number | string);
  'sigmas'?: (string);
  'solverOptions'?: (string);
  'initialScale'?: (number | string);
  'guidanceSchedule'?: (number | string)[];
}

export interface Certificate__Output {
  'passed': (boolean);
  'reason': (string);
  'residualMax': (number);
  'residualRow': (number);
  'residualSample': (number);
  'increments': (number)[];
  'modelCalls': (number);
  'forwardPasses': (number);
  'wallMs': (number);
  'workers': (number);
  'blocks': (number);
  'eta': (number);
  'spacing': (string);
  'gridSha256': (string);
  'outputScales': (number)[];
  'batchJitter': (number);
  'errorEstimate': (number);
  'sigmas': (string);
  'solverOptions': (string);
  'initialScale': (number);
  'guidanceSchedule': (number)[];
}
