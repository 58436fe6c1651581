// Original file: isochron/v1/fleet.proto

import type { StepRule as _isochron_v1_StepRule, StepRule__Output as _isochron_v1_StepRule__Output } from '../../isochron/v1/StepRule.ts';
import type { ConditionTensor as _isochron_v1_ConditionTensor, ConditionTensor__Output as _isochron_v1_ConditionTensor__Output } from '../../isochron/v1/ConditionTensor.ts';
import type { Long } from '@grpc/proto-loader';

export interface OpenJob {
  'job'?: (string);
  'model'?: (string);
  'modelSha256'?: (string);
  'samples'?: (number);
  'dim'?: (number);
  'seed'?: (number | string | Long);
  'method'?: (string);
  'initialization'?: (string);
  'priorStd'?: (number | string);
  'memory'?: (number);
  'regularization'?: (number | string);
  'window'?: (number);
  'tolerance'?: (number | string);
  'guidance'?: (number | string);
  'guided'?: (boolean);
  'prediction'?: (string);
  'timesteps'?: (number | string)[];
  'signals'?: (number | string)[];
  'noiseScales'?: (number | string)[];
  'sigmas'?: (number | string)[];
  'initialScale'?: (number | string);
  'rule'?: (_isochron_v1_StepRule | null);
  'keepRows'?: (boolean);
  'givenSeed'?: (number | string | Long);
  'stop'?: (string);
  'order'?: (number);
  'firstSample'?: (number);
  'tensors'?: (_isochron_v1_ConditionTensor)[];
  'half'?: (boolean);
  'contraction'?: (number | string)[];
  'guidanceWeights'?: (number | string)[];
  'interpolate'?: (boolean);
  '_givenSeed'?: "givenSeed";
}

export interface OpenJob__Output {
  'job': (string);
  'model': (string);
  'modelSha256': (string);
  'samples': (number);
  'dim': (number);
  'seed': (number);
  'method': (string);
  'initialization': (string);
  'priorStd': (number);
  'memory': (number);
  'regularization': (number);
  'window': (number);
  'tolerance': (number);
  'guidance': (number);
  'guided': (boolean);
  'prediction': (string);
  'timesteps': (number)[];
  'signals': (number)[];
  'noiseScales': (number)[];
  'sigmas': (number)[];
  'initialScale': (number);
  'rule': (_isochron_v1_StepRule__Output | null);
  'keepRows': (boolean);
  'givenSeed'?: (number);
  'stop': (string);
  'order': (number);
  'firstSample': (number);
  'tensors': (_isochron_v1_ConditionTensor__Output)[];
  'half': (boolean);
  'contraction': (number)[];
  'guidanceWeights': (number)[];
  'interpolate': (boolean);
  '_givenSeed'?: "givenSeed";
}
