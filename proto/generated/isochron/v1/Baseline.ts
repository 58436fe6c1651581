// Original file: isochron/v1/sampler.proto


export interface Baseline {
  'wallMs'?: (number | string);
  'rmsError'?: (number | string);
  'maxAbsError'?: (number | string);
}

export interface Baseline__Output {
  'wallMs': (number);
  'rmsError': (number);
  'maxAbsError': (number);
}
