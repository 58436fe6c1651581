// Original file: isochron/v1/fleet.proto


export interface Residuals {
  'round'?: (number);
  'firstStep'?: (number);
  'codes'?: (Buffer | Uint8Array | string);
  'frontier'?: (number);
}

export interface Residuals__Output {
  'round': (number);
  'firstStep': (number);
  'codes': (Buffer);
  'frontier': (number);
}
