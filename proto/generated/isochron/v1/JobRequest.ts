// Original file: isochron/v1/sampler.proto


export interface JobRequest {
  'job'?: (string);
}

export interface JobRequest__Output {
  'job': (string);
}
