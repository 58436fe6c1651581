// Original file: isochron/v1/fleet.proto


export interface PipelineFailed {
  'number'?: (number);
  'code'?: (string);
  'message'?: (string);
}

export interface PipelineFailed__Output {
  'number': (number);
  'code': (string);
  'message': (string);
}
