// Original file: isochron/v1/fleet.proto


export interface Cost {
  'modelCalls'?: (number);
  'forwardPasses'?: (number);
  'microBatches'?: (number);
  'modelMs'?: (number | string);
  'queueMs'?: (number | string);
  'scanMs'?: (number | string);
  'deviceMs'?: (number | string);
  '_deviceMs'?: "deviceMs";
}

export interface Cost__Output {
  'modelCalls': (number);
  'forwardPasses': (number);
  'microBatches': (number);
  'modelMs': (number);
  'queueMs': (number);
  'scanMs': (number);
  'deviceMs'?: (number);
  '_deviceMs'?: "deviceMs";
}
