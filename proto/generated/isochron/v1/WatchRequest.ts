// Original file: isochron/v1/sampler.proto


export interface WatchRequest {
  'job'?: (string);
  'previews'?: (boolean);
  'trace'?: (boolean);
}

export interface WatchRequest__Output {
  'job': (string);
  'previews': (boolean);
  'trace': (boolean);
}
