// Original file: isochron/v1/fleet.proto


export interface StepRule {
  'value'?: (string);
  'depth'?: (number);
  'stateScales'?: (number | string)[];
  'outputScales'?: (number | string)[];
  'valueScales'?: (number | string)[];
  'clip'?: (number | string);
  'thresholdQuantile'?: (number | string);
  'thresholdMost'?: (number | string);
}

export interface StepRule__Output {
  'value': (string);
  'depth': (number);
  'stateScales': (number)[];
  'outputScales': (number)[];
  'valueScales': (number)[];
  'clip': (number);
  'thresholdQuantile': (number);
  'thresholdMost': (number);
}
