// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';
import type { RowScalars as _isochron_v1_RowScalars, RowScalars__Output as _isochron_v1_RowScalars__Output } from '../../isochron/v1/RowScalars.ts';
import type { Cost as _isochron_v1_Cost, Cost__Output as _isochron_v1_Cost__Output } from '../../isochron/v1/Cost.ts';
import type { Residuals as _isochron_v1_Residuals, Residuals__Output as _isochron_v1_Residuals__Output } from '../../isochron/v1/Residuals.ts';
import type { ComputedStep as _isochron_v1_ComputedStep, ComputedStep__Output as _isochron_v1_ComputedStep__Output } from '../../isochron/v1/ComputedStep.ts';

export interface Swept {
  'fence'?: (_isochron_v1_Fence | null);
  'offset'?: (_isochron_v1_Latents | null);
  'slope'?: (number | string)[];
  'row'?: (number);
  'rows'?: (_isochron_v1_RowScalars | null);
  'cost'?: (_isochron_v1_Cost | null);
  'residuals'?: (_isochron_v1_Residuals | null);
  'denoised'?: (_isochron_v1_Latents | null);
  'frozen'?: (_isochron_v1_Latents | null);
  'step'?: (_isochron_v1_ComputedStep | null);
  'volatility'?: (number | string)[];
}

export interface Swept__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'offset': (_isochron_v1_Latents__Output | null);
  'slope': (number)[];
  'row': (number);
  'rows': (_isochron_v1_RowScalars__Output | null);
  'cost': (_isochron_v1_Cost__Output | null);
  'residuals': (_isochron_v1_Residuals__Output | null);
  'denoised': (_isochron_v1_Latents__Output | null);
  'frozen': (_isochron_v1_Latents__Output | null);
  'step': (_isochron_v1_ComputedStep__Output | null);
  'volatility': (number)[];
}
