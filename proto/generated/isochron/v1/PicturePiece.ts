// Original file: isochron/v1/sampler.proto


export interface PicturePiece {
  'sample'?: (number);
  'width'?: (number);
  'height'?: (number);
  'channels'?: (number);
  'pixels'?: (Buffer | Uint8Array | string);
}

export interface PicturePiece__Output {
  'sample': (number);
  'width': (number);
  'height': (number);
  'channels': (number);
  'pixels': (Buffer);
}
