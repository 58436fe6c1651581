// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Residuals as _isochron_v1_Residuals, Residuals__Output as _isochron_v1_Residuals__Output } from '../../isochron/v1/Residuals.ts';
import type { Cost as _isochron_v1_Cost, Cost__Output as _isochron_v1_Cost__Output } from '../../isochron/v1/Cost.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';
import type { FrozenRow as _isochron_v1_FrozenRow, FrozenRow__Output as _isochron_v1_FrozenRow__Output } from '../../isochron/v1/FrozenRow.ts';
import type { ComputedStep as _isochron_v1_ComputedStep, ComputedStep__Output as _isochron_v1_ComputedStep__Output } from '../../isochron/v1/ComputedStep.ts';

export interface Progress {
  'fence'?: (_isochron_v1_Fence | null);
  'rounds'?: (_isochron_v1_Residuals)[];
  'frontier'?: (number)[];
  'cost'?: (_isochron_v1_Cost | null);
  'updateNorm'?: (number | string);
  'preview'?: (_isochron_v1_Latents | null);
  'frozenRow'?: (_isochron_v1_FrozenRow | null);
  'step'?: (_isochron_v1_ComputedStep | null);
}

export interface Progress__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'rounds': (_isochron_v1_Residuals__Output)[];
  'frontier': (number)[];
  'cost': (_isochron_v1_Cost__Output | null);
  'updateNorm': (number);
  'preview': (_isochron_v1_Latents__Output | null);
  'frozenRow': (_isochron_v1_FrozenRow__Output | null);
  'step': (_isochron_v1_ComputedStep__Output | null);
}
