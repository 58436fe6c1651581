// Original file: isochron/v1/fleet.proto


export interface Fence {
  'job'?: (string);
  'block'?: (number);
  'epoch'?: (number);
  'attempt'?: (number);
  'round'?: (number);
}

export interface Fence__Output {
  'job': (string);
  'block': (number);
  'epoch': (number);
  'attempt': (number);
  'round': (number);
}
