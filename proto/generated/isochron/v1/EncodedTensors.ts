// Original file: isochron/v1/fleet.proto

import type { EncodedTensor as _isochron_v1_EncodedTensor, EncodedTensor__Output as _isochron_v1_EncodedTensor__Output } from '../../isochron/v1/EncodedTensor.ts';

export interface EncodedTensors {
  'number'?: (number);
  'tensors'?: (_isochron_v1_EncodedTensor)[];
}

export interface EncodedTensors__Output {
  'number': (number);
  'tensors': (_isochron_v1_EncodedTensor__Output)[];
}
