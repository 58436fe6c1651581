// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface DecodeLatent {
  'number'?: (number);
  'model'?: (string);
  'latent'?: (_isochron_v1_Latents | null);
}

export interface DecodeLatent__Output {
  'number': (number);
  'model': (string);
  'latent': (_isochron_v1_Latents__Output | null);
}
