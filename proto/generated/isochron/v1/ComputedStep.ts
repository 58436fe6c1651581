// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface ComputedStep {
  'row'?: (number);
  'samples'?: (number)[];
  'from'?: (_isochron_v1_Latents | null);
  'to'?: (_isochron_v1_Latents | null);
}

export interface ComputedStep__Output {
  'row': (number);
  'samples': (number)[];
  'from': (_isochron_v1_Latents__Output | null);
  'to': (_isochron_v1_Latents__Output | null);
}
