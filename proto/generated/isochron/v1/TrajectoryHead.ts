// Original file: isochron/v1/sampler.proto

import type { SubmitRequest as _isochron_v1_SubmitRequest, SubmitRequest__Output as _isochron_v1_SubmitRequest__Output } from '../../isochron/v1/SubmitRequest.ts';
import type { Long } from '@grpc/proto-loader';

export interface TrajectoryHead {
  'request'?: (_isochron_v1_SubmitRequest | null);
  'source'?: (_isochron_v1_SubmitRequest | null);
  'byteLength'?: (number | string | Long);
  'crc32'?: (number);
  'verify'?: (boolean);
}

export interface TrajectoryHead__Output {
  'request': (_isochron_v1_SubmitRequest__Output | null);
  'source': (_isochron_v1_SubmitRequest__Output | null);
  'byteLength': (number);
  'crc32': (number);
  'verify': (boolean);
}
