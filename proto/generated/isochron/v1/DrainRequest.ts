// Original file: isochron/v1/sampler.proto


export interface DrainRequest {
  'worker'?: (string);
}

export interface DrainRequest__Output {
  'worker': (string);
}
