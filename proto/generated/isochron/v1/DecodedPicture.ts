// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface DecodedPicture {
  'number'?: (number);
  'width'?: (number);
  'height'?: (number);
  'channels'?: (number);
  'pixels'?: (_isochron_v1_Latents | null);
}

export interface DecodedPicture__Output {
  'number': (number);
  'width': (number);
  'height': (number);
  'channels': (number);
  'pixels': (_isochron_v1_Latents__Output | null);
}
