// Original file: isochron/v1/sampler.proto

import type { Input as _isochron_v1_Input, Input__Output as _isochron_v1_Input__Output } from '../../isochron/v1/Input.ts';
import type { Long } from '@grpc/proto-loader';

export interface SubmitRequest {
  'model'?: (string);
  'solver'?: (string);
  'steps'?: (number | string | Long);
  'eta'?: (number | string);
  'samples'?: (number | string | Long);
  'seed'?: (number | string | Long);
  'method'?: (string);
  'window'?: (number | string | Long);
  'blocks'?: (number | string | Long);
  'tolerance'?: (number | string);
  'inputs'?: (_isochron_v1_Input)[];
  'guidance'?: (number | string);
  'compareSequential'?: (boolean);
  'roundsMax'?: (number | string | Long);
  'initialization'?: (string);
  'memory'?: (number | string | Long);
  'spacing'?: (string);
  'sigmas'?: (string);
  'solverOptions'?: (string);
  'certify'?: (boolean);
  'stop'?: (string);
  'order'?: (number | string | Long);
  'idempotencyKey'?: (string);
  'wire'?: (string);
  'client'?: (string);
  'priority'?: (number | string | Long);
  '_eta'?: "eta";
  '_samples'?: "samples";
  '_seed'?: "seed";
  '_window'?: "window";
  '_blocks'?: "blocks";
  '_tolerance'?: "tolerance";
  '_guidance'?: "guidance";
  '_roundsMax'?: "roundsMax";
  '_memory'?: "memory";
  '_order'?: "order";
  '_priority'?: "priority";
}

export interface SubmitRequest__Output {
  'model': (string);
  'solver': (string);
  'steps': (number);
  'eta'?: (number);
  'samples'?: (number);
  'seed'?: (number);
  'method': (string);
  'window'?: (number);
  'blocks'?: (number);
  'tolerance'?: (number);
  'inputs': (_isochron_v1_Input__Output)[];
  'guidance'?: (number);
  'compareSequential': (boolean);
  'roundsMax'?: (number);
  'initialization': (string);
  'memory'?: (number);
  'spacing': (string);
  'sigmas': (string);
  'solverOptions': (string);
  'certify': (boolean);
  'stop': (string);
  'order'?: (number);
  'idempotencyKey': (string);
  'wire': (string);
  'client': (string);
  'priority'?: (number);
  '_eta'?: "eta";
  '_samples'?: "samples";
  '_seed'?: "seed";
  '_window'?: "window";
  '_blocks'?: "blocks";
  '_tolerance'?: "tolerance";
  '_guidance'?: "guidance";
  '_roundsMax'?: "roundsMax";
  '_memory'?: "memory";
  '_order'?: "order";
  '_priority'?: "priority";
}
