// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface ReleaseBlock {
  'fence'?: (_isochron_v1_Fence | null);
  'collect'?: (boolean);
  'left'?: (_isochron_v1_Latents | null);
  'handOver'?: (boolean);
}

export interface ReleaseBlock__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'collect': (boolean);
  'left': (_isochron_v1_Latents__Output | null);
  'handOver': (boolean);
}
