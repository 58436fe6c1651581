// Original file: isochron/v1/fleet.proto


export interface Heartbeat {
  'progressAgeMs'?: (number | string);
  'probe'?: (number);
  'number'?: (number);
  'blocks'?: (number);
  'jobs'?: (number);
}

export interface Heartbeat__Output {
  'progressAgeMs': (number);
  'probe': (number);
  'number': (number);
  'blocks': (number);
  'jobs': (number);
}
