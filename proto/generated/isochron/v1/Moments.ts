// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Cost as _isochron_v1_Cost, Cost__Output as _isochron_v1_Cost__Output } from '../../isochron/v1/Cost.ts';

export interface Moments {
  'fence'?: (_isochron_v1_Fence | null);
  'moments'?: (number | string)[];
  'cost'?: (_isochron_v1_Cost | null);
}

export interface Moments__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'moments': (number)[];
  'cost': (_isochron_v1_Cost__Output | null);
}
