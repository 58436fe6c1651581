// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { RowScalars as _isochron_v1_RowScalars, RowScalars__Output as _isochron_v1_RowScalars__Output } from '../../isochron/v1/RowScalars.ts';
import type { Cost as _isochron_v1_Cost, Cost__Output as _isochron_v1_Cost__Output } from '../../isochron/v1/Cost.ts';
import type { Edge as _isochron_v1_Edge, Edge__Output as _isochron_v1_Edge__Output } from '../../isochron/v1/Edge.ts';

export interface Corrected {
  'fence'?: (_isochron_v1_Fence | null);
  'rows'?: (_isochron_v1_RowScalars | null);
  'cost'?: (_isochron_v1_Cost | null);
  'edge'?: (_isochron_v1_Edge | null);
}

export interface Corrected__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'rows': (_isochron_v1_RowScalars__Output | null);
  'cost': (_isochron_v1_Cost__Output | null);
  'edge': (_isochron_v1_Edge__Output | null);
}
