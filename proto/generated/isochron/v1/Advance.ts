// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';

export interface Advance {
  'fence'?: (_isochron_v1_Fence | null);
  'frontier'?: (number)[];
  'roundsMax'?: (number);
  'previews'?: (boolean);
}

export interface Advance__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'frontier': (number)[];
  'roundsMax': (number);
  'previews': (boolean);
}
