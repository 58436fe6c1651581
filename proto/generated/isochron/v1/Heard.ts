// Original file: isochron/v1/fleet.proto


export interface Heard {
  'number'?: (number);
}

export interface Heard__Output {
  'number': (number);
}
