// Original file: isochron/v1/fleet.proto


export interface ConditionValues {
  'name'?: (string);
  'values'?: (number | string)[];
}

export interface ConditionValues__Output {
  'name': (string);
  'values': (number)[];
}
