// Original file: isochron/v1/sampler.proto


export interface ClientLoad {
  'client'?: (string);
  'waiting'?: (number);
  'running'?: (number);
  'standingMs'?: (number | string);
  'weight'?: (number | string);
}

export interface ClientLoad__Output {
  'client': (string);
  'waiting': (number);
  'running': (number);
  'standingMs': (number);
  'weight': (number);
}
