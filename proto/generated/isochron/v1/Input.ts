// Original file: isochron/v1/tensor.proto


export interface Input {
  'name'?: (string);
  'dtype'?: (string);
  'shape'?: (number)[];
  'data'?: (Buffer | Uint8Array | string);
}

export interface Input__Output {
  'name': (string);
  'dtype': (string);
  'shape': (number)[];
  'data': (Buffer);
}
