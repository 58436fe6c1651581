// Original file: isochron/v1/sampler.proto


export interface TraceRound {
  'round'?: (number);
  'frontier'?: (number);
  'firstStep'?: (number);
  'residualCodes'?: (Buffer | Uint8Array | string);
}

export interface TraceRound__Output {
  'round': (number);
  'frontier': (number);
  'firstStep': (number);
  'residualCodes': (Buffer);
}
