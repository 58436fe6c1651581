// Original file: isochron/v1/sampler.proto


export interface TimeSplit {
  'model'?: (number | string);
  'queue'?: (number | string);
  'network'?: (number | string);
  'coordinator'?: (number | string);
  'scan'?: (number | string);
}

export interface TimeSplit__Output {
  'model': (number);
  'queue': (number);
  'network': (number);
  'coordinator': (number);
  'scan': (number);
}
