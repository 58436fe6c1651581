// Original file: inference/open_inference.proto


export interface InferTensorContents {
  'fp32Contents'?: (number | string)[];
  'fp64Contents'?: (number | string)[];
}

export interface InferTensorContents__Output {
  'fp32Contents': (number)[];
  'fp64Contents': (number)[];
}
