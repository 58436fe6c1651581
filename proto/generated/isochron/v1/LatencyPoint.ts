// Original file: isochron/v1/tensor.proto


export interface LatencyPoint {
  'batch'?: (number);
  'ms'?: (number | string);
}

export interface LatencyPoint__Output {
  'batch': (number);
  'ms': (number);
}
