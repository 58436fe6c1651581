// Original file: isochron/v1/fleet.proto


export interface Probe {
  'number'?: (number);
}

export interface Probe__Output {
  'number': (number);
}
