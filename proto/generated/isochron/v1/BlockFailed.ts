// Original file: isochron/v1/fleet.proto

import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from '../../isochron/v1/Fence.ts';

export interface BlockFailed {
  'fence'?: (_isochron_v1_Fence | null);
  'code'?: (string);
  'message'?: (string);
  'step'?: (number);
  'sample'?: (number);
  'retriable'?: (boolean);
  'element'?: (number);
  '_step'?: "step";
  '_sample'?: "sample";
  '_element'?: "element";
}

export interface BlockFailed__Output {
  'fence': (_isochron_v1_Fence__Output | null);
  'code': (string);
  'message': (string);
  'step'?: (number);
  'sample'?: (number);
  'retriable': (boolean);
  'element'?: (number);
  '_step'?: "step";
  '_sample'?: "sample";
  '_element'?: "element";
}
