// Original file: isochron/v1/tensor.proto


export interface Bound {
  'clip'?: (number | string);
  'thresholdQuantile'?: (number | string);
  'thresholdMost'?: (number | string);
}

export interface Bound__Output {
  'clip': (number);
  'thresholdQuantile': (number);
  'thresholdMost': (number);
}
