// Original file: isochron/v1/tensor.proto


export interface ConvergenceEntry {
  'method'?: (string);
  'solver'?: (string);
  'steps'?: (number);
  'window'?: (number);
  'guided'?: (boolean);
  'rounds'?: (number | string);
  'calls'?: (number | string);
  'frontier'?: (number)[];
  'rows'?: (number)[];
}

export interface ConvergenceEntry__Output {
  'method': (string);
  'solver': (string);
  'steps': (number);
  'window': (number);
  'guided': (boolean);
  'rounds': (number);
  'calls': (number);
  'frontier': (number)[];
  'rows': (number)[];
}
