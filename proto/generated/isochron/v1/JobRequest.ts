// Original file: isochron/v1/sampler.proto


export interface JobRequest {
  'job'?: (string);
  'trajectory'?: (boolean);
  'pictures'?: (boolean);
}

export interface JobRequest__Output {
  'job': (string);
  'trajectory': (boolean);
  'pictures': (boolean);
}
