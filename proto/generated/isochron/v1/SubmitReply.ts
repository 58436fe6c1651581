// Original file: isochron/v1/sampler.proto


export interface SubmitReply {
  'job'?: (string);
  'waitingFor'?: (string);
}

export interface SubmitReply__Output {
  'job': (string);
  'waitingFor': (string);
}
