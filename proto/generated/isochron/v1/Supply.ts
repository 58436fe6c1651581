// Original file: isochron/v1/fleet.proto

import type { ConditionTensor as _isochron_v1_ConditionTensor, ConditionTensor__Output as _isochron_v1_ConditionTensor__Output } from '../../isochron/v1/ConditionTensor.ts';

export interface Supply {
  'job'?: (string);
  'tensors'?: (_isochron_v1_ConditionTensor)[];
}

export interface Supply__Output {
  'job': (string);
  'tensors': (_isochron_v1_ConditionTensor__Output)[];
}
