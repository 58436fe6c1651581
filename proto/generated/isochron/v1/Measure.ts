// Original file: isochron/v1/fleet.proto


export interface Measure {
  'number'?: (number);
  'model'?: (string);
  'batchMax'?: (number);
  'budgetMs'?: (number);
  'alone'?: (boolean);
}

export interface Measure__Output {
  'number': (number);
  'model': (string);
  'batchMax': (number);
  'budgetMs': (number);
  'alone': (boolean);
}
