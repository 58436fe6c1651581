// Original file: isochron/v1/fleet.proto


export interface EncodePrompts {
  'number'?: (number);
  'model'?: (string);
  'prompts'?: (string)[];
  'guided'?: (boolean);
  'negativePrompts'?: (string)[];
}

export interface EncodePrompts__Output {
  'number': (number);
  'model': (string);
  'prompts': (string)[];
  'guided': (boolean);
  'negativePrompts': (string)[];
}
