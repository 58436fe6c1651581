// Original file: isochron/v1/sampler.proto

import type { AvailableModel as _isochron_v1_AvailableModel, AvailableModel__Output as _isochron_v1_AvailableModel__Output } from '../../isochron/v1/AvailableModel.ts';

export interface ListModelsReply {
  'models'?: (_isochron_v1_AvailableModel)[];
}

export interface ListModelsReply__Output {
  'models': (_isochron_v1_AvailableModel__Output)[];
}
