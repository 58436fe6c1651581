// Original file: isochron/v1/sampler.proto


export interface DrainReply {
  'blocks'?: (number);
}

export interface DrainReply__Output {
  'blocks': (number);
}
