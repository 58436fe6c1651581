// Original file: isochron/v1/sampler.proto

import type { Model as _isochron_v1_Model, Model__Output as _isochron_v1_Model__Output } from '../../isochron/v1/Model.ts';
import type { Long } from '@grpc/proto-loader';

export interface Worker {
  'id'?: (string);
  'name'?: (string);
  'backend'?: (string);
  'state'?: (string);
  'blocks'?: (number);
  'modelCalls'?: (number | string | Long);
  'models'?: (_isochron_v1_Model)[];
  'progressAgeMs'?: (number | string);
  'lastError'?: (string);
  'emulated'?: (boolean);
  'heldBlocks'?: (number);
  'openJobs'?: (number);
}

export interface Worker__Output {
  'id': (string);
  'name': (string);
  'backend': (string);
  'state': (string);
  'blocks': (number);
  'modelCalls': (number);
  'models': (_isochron_v1_Model__Output)[];
  'progressAgeMs': (number);
  'lastError': (string);
  'emulated': (boolean);
  'heldBlocks': (number);
  'openJobs': (number);
}
