// Original file: isochron/v1/fleet.proto

import type { Bound as _isochron_v1_Bound, Bound__Output as _isochron_v1_Bound__Output } from '../../isochron/v1/Bound.ts';

export interface StepRule {
  'value'?: (string);
  'depth'?: (number);
  'stateScales'?: (number | string)[];
  'outputScales'?: (number | string)[];
  'valueScales'?: (number | string)[];
  'bound'?: (_isochron_v1_Bound | null);
  '_bound'?: "bound";
}

export interface StepRule__Output {
  'value': (string);
  'depth': (number);
  'stateScales': (number)[];
  'outputScales': (number)[];
  'valueScales': (number)[];
  'bound'?: (_isochron_v1_Bound__Output | null);
  '_bound'?: "bound";
}
