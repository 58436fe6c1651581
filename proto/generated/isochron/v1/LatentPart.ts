// Original file: isochron/v1/tensor.proto


export interface LatentPart {
  'data'?: (Buffer | Uint8Array | string);
}

export interface LatentPart__Output {
  'data': (Buffer);
}
