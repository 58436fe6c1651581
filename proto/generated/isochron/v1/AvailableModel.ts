// Original file: isochron/v1/sampler.proto

import type { Model as _isochron_v1_Model, Model__Output as _isochron_v1_Model__Output } from '../../isochron/v1/Model.ts';

export interface AvailableModel {
  'model'?: (_isochron_v1_Model | null);
  'workers'?: (number);
}

export interface AvailableModel__Output {
  'model': (_isochron_v1_Model__Output | null);
  'workers': (number);
}
