// Original file: isochron/v1/sampler.proto

import type { TrajectoryHead as _isochron_v1_TrajectoryHead, TrajectoryHead__Output as _isochron_v1_TrajectoryHead__Output } from '../../isochron/v1/TrajectoryHead.ts';

export interface TrajectoryPiece {
  'head'?: (_isochron_v1_TrajectoryHead | null);
  'states'?: (Buffer | Uint8Array | string);
  'piece'?: "head"|"states";
}

export interface TrajectoryPiece__Output {
  'head'?: (_isochron_v1_TrajectoryHead__Output | null);
  'states'?: (Buffer);
  'piece'?: "head"|"states";
}
