// Original file: isochron/v1/sampler.proto


export interface HeldBlock {
  'begin'?: (number);
  'end'?: (number);
  'worker'?: (string);
}

export interface HeldBlock__Output {
  'begin': (number);
  'end': (number);
  'worker': (string);
}
