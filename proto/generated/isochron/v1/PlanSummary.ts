// Original file: isochron/v1/sampler.proto


export interface PlanSummary {
  'method'?: (string);
  'window'?: (number);
  'blocks'?: (number);
  'groups'?: (number);
  'workers'?: (number);
  'predictedMs'?: (number | string);
  'predictedSequentialMs'?: (number | string);
  'reason'?: (string);
  'mode'?: (string);
  '_predictedMs'?: "predictedMs";
}

export interface PlanSummary__Output {
  'method': (string);
  'window': (number);
  'blocks': (number);
  'groups': (number);
  'workers': (number);
  'predictedMs'?: (number);
  'predictedSequentialMs': (number);
  'reason': (string);
  'mode': (string);
  '_predictedMs'?: "predictedMs";
}
