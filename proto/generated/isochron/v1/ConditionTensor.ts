// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface ConditionTensor {
  'name'?: (string);
  'dtype'?: (string);
  'digest'?: (string);
  'data'?: (_isochron_v1_Latents | null);
}

export interface ConditionTensor__Output {
  'name': (string);
  'dtype': (string);
  'digest': (string);
  'data': (_isochron_v1_Latents__Output | null);
}
