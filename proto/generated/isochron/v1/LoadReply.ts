// Original file: isochron/v1/sampler.proto

import type { ClientLoad as _isochron_v1_ClientLoad, ClientLoad__Output as _isochron_v1_ClientLoad__Output } from '../../isochron/v1/ClientLoad.ts';
import type { Long } from '@grpc/proto-loader';

export interface LoadReply {
  'waiting'?: (number);
  'running'?: (number);
  'remembered'?: (number);
  'submitted'?: (number | string | Long);
  'done'?: (number | string | Long);
  'failed'?: (number | string | Long);
  'cancelled'?: (number | string | Long);
  'blocks'?: (number);
  'latents'?: (number);
  'watchers'?: (number);
  'trajectoryBytes'?: (number | string | Long);
  'clients'?: (_isochron_v1_ClientLoad)[];
}

export interface LoadReply__Output {
  'waiting': (number);
  'running': (number);
  'remembered': (number);
  'submitted': (number);
  'done': (number);
  'failed': (number);
  'cancelled': (number);
  'blocks': (number);
  'latents': (number);
  'watchers': (number);
  'trajectoryBytes': (number);
  'clients': (_isochron_v1_ClientLoad__Output)[];
}
