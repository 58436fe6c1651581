// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';

export interface Correct {
  'fence'?: (_isochron_v1_Fence | null);
  'prefix'?: (number | string)[];
  'rightmost'?: (boolean);
}

export interface Correct__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'prefix': (number)[];
  'rightmost': (boolean);
}
