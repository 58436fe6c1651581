// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface Rows {
  'fence'?: (_isochron_v1_Fence | null);
  'states'?: (_isochron_v1_Latents | null);
  'firstRow'?: (number);
}

export interface Rows__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'states': (_isochron_v1_Latents__Output | null);
  'firstRow': (number);
}
