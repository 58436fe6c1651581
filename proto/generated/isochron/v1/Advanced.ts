// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';
import type { Progress as _isochron_v1_Progress, Progress__Output as _isochron_v1_Progress__Output } from '../../isochron/v1/Progress.ts';
import type { ErrorState as _isochron_v1_ErrorState, ErrorState__Output as _isochron_v1_ErrorState__Output } from '../../isochron/v1/ErrorState.ts';
import type { Edge as _isochron_v1_Edge, Edge__Output as _isochron_v1_Edge__Output } from '../../isochron/v1/Edge.ts';

export interface Advanced {
  'fence'?: (_isochron_v1_Fence | null);
  'progress'?: (_isochron_v1_Progress | null);
  'rounds'?: (number);
  'errors'?: (_isochron_v1_ErrorState | null);
  'edge'?: (_isochron_v1_Edge | null);
  'errorEstimate'?: (number | string);
  'distrusted'?: (boolean);
}

export interface Advanced__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'progress': (_isochron_v1_Progress__Output | null);
  'rounds': (number);
  'errors': (_isochron_v1_ErrorState__Output | null);
  'edge': (_isochron_v1_Edge__Output | null);
  'errorEstimate': (number);
  'distrusted': (boolean);
}
