// Original file: isochron/v1/fleet.proto


export interface Heartbeat {
  'progressAgeMs'?: (number | string);
  'probe'?: (number);
  'number'?: (number);
  'blocks'?: (number);
  'jobs'?: (number);
  'busyMs'?: (number | string);
  'callsByRows'?: (number)[];
  'callsByMs'?: (number)[];
  'callRows'?: (number | string);
  'callMs'?: (number | string);
}

export interface Heartbeat__Output {
  'progressAgeMs': (number);
  'probe': (number);
  'number': (number);
  'blocks': (number);
  'jobs': (number);
  'busyMs': (number);
  'callsByRows': (number)[];
  'callsByMs': (number)[];
  'callRows': (number);
  'callMs': (number);
}
