// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';
import type { ErrorState as _isochron_v1_ErrorState, ErrorState__Output as _isochron_v1_ErrorState__Output } from '../../isochron/v1/ErrorState.ts';

export interface FrozenRow {
  'row'?: (number);
  'state'?: (_isochron_v1_Latents | null);
  'errors'?: (_isochron_v1_ErrorState | null);
}

export interface FrozenRow__Output {
  'row': (number);
  'state': (_isochron_v1_Latents__Output | null);
  'errors': (_isochron_v1_ErrorState__Output | null);
}
