// Original file: isochron/v1/tensor.proto


export interface Condition {
  'name'?: (string);
  'dtype'?: (string);
  'shape'?: (number)[];
  'minimum'?: (number | string);
  'maximum'?: (number | string);
  'unconditional'?: (number | string);
  'labels'?: (string)[];
  '_unconditional'?: "unconditional";
}

export interface Condition__Output {
  'name': (string);
  'dtype': (string);
  'shape': (number)[];
  'minimum': (number);
  'maximum': (number);
  'unconditional'?: (number);
  'labels': (string)[];
  '_unconditional'?: "unconditional";
}
