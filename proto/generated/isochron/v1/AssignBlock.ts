// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface AssignBlock {
  'fence'?: (_isochron_v1_Fence | null);
  'begin'?: (number);
  'end'?: (number);
  'left'?: (_isochron_v1_Latents | null);
  'denoised'?: (_isochron_v1_Latents | null);
  'given'?: (_isochron_v1_Latents | null);
  'single'?: (boolean);
  'everyRow'?: (boolean);
  'volatility'?: (number | string)[];
}

export interface AssignBlock__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'begin': (number);
  'end': (number);
  'left': (_isochron_v1_Latents__Output | null);
  'denoised': (_isochron_v1_Latents__Output | null);
  'given': (_isochron_v1_Latents__Output | null);
  'single': (boolean);
  'everyRow': (boolean);
  'volatility': (number)[];
}
