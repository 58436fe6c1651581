// Original file: isochron/v1/sampler.proto


export interface SpotChecks {
  'made'?: (number);
  'dropped'?: (number);
  'startedOver'?: (number);
}

export interface SpotChecks__Output {
  'made': (number);
  'dropped': (number);
  'startedOver': (number);
}
