// Original file: isochron/v1/sampler.proto


export interface ListJobsRequest {
  'client'?: (string);
  'limit'?: (number);
  'before'?: (string);
}

export interface ListJobsRequest__Output {
  'client': (string);
  'limit': (number);
  'before': (string);
}
