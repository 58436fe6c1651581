// Original file: isochron/v1/fleet.proto

import type { Model as _isochron_v1_Model, Model__Output as _isochron_v1_Model__Output } from '../../isochron/v1/Model.ts';

export interface Register {
  'protocolVersion'?: (number);
  'name'?: (string);
  'backend'?: (string);
  'models'?: (_isochron_v1_Model)[];
  'emulated'?: (boolean);
  'hangMs'?: (number | string);
  'previous'?: (string);
}

export interface Register__Output {
  'protocolVersion': (number);
  'name': (string);
  'backend': (string);
  'models': (_isochron_v1_Model__Output)[];
  'emulated': (boolean);
  'hangMs': (number);
  'previous': (string);
}
