// Original file: isochron/v1/fleet.proto

import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from '../../isochron/v1/Latents.ts';

export interface EncodePicture {
  'number'?: (number);
  'model'?: (string);
  'shape'?: (number)[];
  'pixels'?: (_isochron_v1_Latents | null);
}

export interface EncodePicture__Output {
  'number': (number);
  'model': (string);
  'shape': (number)[];
  'pixels': (_isochron_v1_Latents__Output | null);
}
