// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface Edge {
  'row'?: (number);
  'state'?: (_isochron_v1_Latents | null);
  'denoised'?: (_isochron_v1_Latents | null);
}

export interface Edge__Output {
  'row': (number);
  'state': (_isochron_v1_Latents__Output | null);
  'denoised': (_isochron_v1_Latents__Output | null);
}
