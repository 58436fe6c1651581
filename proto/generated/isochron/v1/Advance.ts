// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';
import type { ErrorState as _isochron_v1_ErrorState, ErrorState__Output as _isochron_v1_ErrorState__Output } from '../../isochron/v1/ErrorState.ts';

export interface Advance {
  'fence'?: (_isochron_v1_Fence | null);
  'frontier'?: (number)[];
  'roundsMax'?: (number);
  'previews'?: (boolean);
  'left'?: (_isochron_v1_Latents | null);
  'errors'?: (_isochron_v1_ErrorState | null);
  'restarts'?: (number);
  'roundsLost'?: (number);
  'checkpointMs'?: (number | string);
  'stepEvery'?: (number);
  'alone'?: (boolean);
  'wantsLastStep'?: (boolean);
}

export interface Advance__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'frontier': (number)[];
  'roundsMax': (number);
  'previews': (boolean);
  'left': (_isochron_v1_Latents__Output | null);
  'errors': (_isochron_v1_ErrorState__Output | null);
  'restarts': (number);
  'roundsLost': (number);
  'checkpointMs': (number);
  'stepEvery': (number);
  'alone': (boolean);
  'wantsLastStep': (boolean);
}
