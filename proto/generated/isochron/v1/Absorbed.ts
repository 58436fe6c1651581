// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';
import type { Cost as _isochron_v1_Cost, Cost__Output as _isochron_v1_Cost__Output } from '../../isochron/v1/Cost.ts';

export interface Absorbed {
  'fence'?: (_isochron_v1_Fence | null);
  'passing'?: (number)[];
  'updateNorm'?: (number | string);
  'weightedUpdateSum'?: (number | string);
  'right'?: (_isochron_v1_Latents | null);
  'cost'?: (_isochron_v1_Cost | null);
}

export interface Absorbed__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'passing': (number)[];
  'updateNorm': (number);
  'weightedUpdateSum': (number);
  'right': (_isochron_v1_Latents__Output | null);
  'cost': (_isochron_v1_Cost__Output | null);
}
