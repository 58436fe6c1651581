// Original file: isochron/v1/fleet.proto


export interface CloseJob {
  'job'?: (string);
}

export interface CloseJob__Output {
  'job': (string);
}
