// Original file: isochron/v1/tensor.proto


export interface Latents {
  'byteLength'?: (number);
  'crc32'?: (number);
  'data'?: (Buffer | Uint8Array | string);
  'half'?: (boolean);
}

export interface Latents__Output {
  'byteLength': (number);
  'crc32': (number);
  'data': (Buffer);
  'half': (boolean);
}
