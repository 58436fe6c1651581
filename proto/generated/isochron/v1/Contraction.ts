// Original file: isochron/v1/tensor.proto


export interface Contraction {
  'solver'?: (string);
  'sigma'?: (number | string)[];
  'part'?: (number | string)[];
}

export interface Contraction__Output {
  'solver': (string);
  'sigma': (number)[];
  'part': (number)[];
}
