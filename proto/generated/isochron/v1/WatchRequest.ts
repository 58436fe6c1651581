// Original file: isochron/v1/sampler.proto


export interface WatchRequest {
  'job'?: (string);
  'previews'?: (boolean);
}

export interface WatchRequest__Output {
  'job': (string);
  'previews': (boolean);
}
