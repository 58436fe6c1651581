// Original file: isochron/v1/fleet.proto


export interface Missing {
  'job'?: (string);
  'digests'?: (string)[];
}

export interface Missing__Output {
  'job': (string);
  'digests': (string)[];
}
