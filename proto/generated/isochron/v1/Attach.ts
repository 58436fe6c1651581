// Original file: isochron/v1/fleet.proto


export interface Attach {
  'worker'?: (string);
}

export interface Attach__Output {
  'worker': (string);
}
