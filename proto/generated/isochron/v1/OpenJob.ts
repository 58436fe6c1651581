// Original file: isochron/v1/fleet.proto

import type { ConditionValues as _isochron_v1_ConditionValues, ConditionValues__Output as _isochron_v1_ConditionValues__Output } from '../../isochron/v1/ConditionValues.ts';
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
  'conditions'?: (_isochron_v1_ConditionValues)[];
  'prediction'?: (string);
  'timesteps'?: (number | string)[];
  'alphaBars'?: (number | string)[];
  'noiseScales'?: (number | string)[];
  'keepRows'?: (boolean);
  'givenSeed'?: (number | string | Long);
  'stop'?: (string);
  'order'?: (number);
  'firstSample'?: (number);
  'contraction'?: (number | string)[];
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
  'conditions': (_isochron_v1_ConditionValues__Output)[];
  'prediction': (string);
  'timesteps': (number)[];
  'alphaBars': (number)[];
  'noiseScales': (number)[];
  'keepRows': (boolean);
  'givenSeed'?: (number);
  'stop': (string);
  'order': (number);
  'firstSample': (number);
  'contraction': (number)[];
  '_givenSeed'?: "givenSeed";
}
