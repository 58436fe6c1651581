// Original file: isochron/v1/fleet.proto

import type { LatencyPoint as _isochron_v1_LatencyPoint, LatencyPoint__Output as _isochron_v1_LatencyPoint__Output } from '../../isochron/v1/LatencyPoint.ts';

export interface Measured {
  'number'?: (number);
  'latencyCurve'?: (_isochron_v1_LatencyPoint)[];
}

export interface Measured__Output {
  'number': (number);
  'latencyCurve': (_isochron_v1_LatencyPoint__Output)[];
}
