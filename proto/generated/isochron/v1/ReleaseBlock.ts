// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';

export interface ReleaseBlock {
  'fence'?: (_isochron_v1_Fence | null);
}

export interface ReleaseBlock__Output {
  'fence': (_isochron_v1_Fence__Output | null);
}
