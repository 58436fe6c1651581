// Original file: isochron/v1/sampler.proto


export interface PlannedSetting {
  'method'?: (string);
  'window'?: (number);
  'blocks'?: (number);
  'groups'?: (number);
  'workers'?: (number);
  'rounds'?: (number | string);
  'modelCalls'?: (number | string);
  'predictedMs'?: (number | string);
  'roundMs'?: (number | string);
  'bytes'?: (number | string);
  'speedup'?: (number | string);
  'chosen'?: (boolean);
}

export interface PlannedSetting__Output {
  'method': (string);
  'window': (number);
  'blocks': (number);
  'groups': (number);
  'workers': (number);
  'rounds': (number);
  'modelCalls': (number);
  'predictedMs': (number);
  'roundMs': (number);
  'bytes': (number);
  'speedup': (number);
  'chosen': (boolean);
}
