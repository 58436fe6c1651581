// Original file: isochron/v1/fleet.proto

import type { Order as _isochron_v1_Order, Order__Output as _isochron_v1_Order__Output } from '../../isochron/v1/Order.ts';
import type { LatentPart as _isochron_v1_LatentPart, LatentPart__Output as _isochron_v1_LatentPart__Output } from '../../isochron/v1/LatentPart.ts';

export interface CoordinatorData {
  'orders'?: (_isochron_v1_Order)[];
  'latentPart'?: (_isochron_v1_LatentPart | null);
}

export interface CoordinatorData__Output {
  'orders': (_isochron_v1_Order__Output)[];
  'latentPart': (_isochron_v1_LatentPart__Output | null);
}
