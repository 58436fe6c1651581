// Original file: isochron/v1/fleet.proto


export interface Registered {
  'worker'?: (string);
  'epoch'?: (number);
  'leaseMs'?: (number);
  'fenceMs'?: (number);
}

export interface Registered__Output {
  'worker': (string);
  'epoch': (number);
  'leaseMs': (number);
  'fenceMs': (number);
}
