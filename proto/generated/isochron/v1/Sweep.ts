// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface Sweep {
  'fence'?: (_isochron_v1_Fence | null);
  'frontier'?: (number)[];
  'windowEnd'?: (number);
  'left'?: (_isochron_v1_Latents | null);
  'wantsDenoised'?: (boolean);
  'wantsFrozen'?: (boolean);
  'wantsStep'?: (boolean);
}

export interface Sweep__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'frontier': (number)[];
  'windowEnd': (number);
  'left': (_isochron_v1_Latents__Output | null);
  'wantsDenoised': (boolean);
  'wantsFrozen': (boolean);
  'wantsStep': (boolean);
}
