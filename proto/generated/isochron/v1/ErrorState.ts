// Original file: isochron/v1/fleet.proto


export interface ErrorState {
  'bound'?: (number | string)[];
  'departure'?: (number | string)[];
  'defects'?: (number | string)[];
  'carried'?: (number | string)[];
  'reaching'?: (number | string)[];
  'interpolated'?: (number | string)[];
}

export interface ErrorState__Output {
  'bound': (number)[];
  'departure': (number)[];
  'defects': (number)[];
  'carried': (number)[];
  'reaching': (number)[];
  'interpolated': (number)[];
}
