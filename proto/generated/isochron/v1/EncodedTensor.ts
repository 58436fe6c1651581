// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface EncodedTensor {
  'name'?: (string);
  'shape'?: (number)[];
  'data'?: (_isochron_v1_Latents | null);
}

export interface EncodedTensor__Output {
  'name': (string);
  'shape': (number)[];
  'data': (_isochron_v1_Latents__Output | null);
}
