// Original file: isochron/v1/sampler.proto

import type { Worker as _isochron_v1_Worker, Worker__Output as _isochron_v1_Worker__Output } from '../../isochron/v1/Worker.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListWorkersReply {
  'workers'?: (_isochron_v1_Worker)[];
  'staleReplies'?: (number | string | Long);
  'insecure'?: (boolean);
}

export interface ListWorkersReply__Output {
  'workers': (_isochron_v1_Worker__Output)[];
  'staleReplies': (number);
  'insecure': (boolean);
}
