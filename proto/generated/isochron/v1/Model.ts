// Original file: isochron/v1/tensor.proto

import type { Condition as _isochron_v1_Condition, Condition__Output as _isochron_v1_Condition__Output } from '../../isochron/v1/Condition.ts';
import type { LatencyPoint as _isochron_v1_LatencyPoint, LatencyPoint__Output as _isochron_v1_LatencyPoint__Output } from '../../isochron/v1/LatencyPoint.ts';
import type { Convergence as _isochron_v1_Convergence, Convergence__Output as _isochron_v1_Convergence__Output } from '../../isochron/v1/Convergence.ts';
import type { Bound as _isochron_v1_Bound, Bound__Output as _isochron_v1_Bound__Output } from '../../isochron/v1/Bound.ts';

export interface Model {
  'name'?: (string);
  'sha256'?: (string);
  'backend'?: (string);
  'sampleShape'?: (number)[];
  'prediction'?: (string);
  'schedule'?: (string);
  'trainSteps'?: (number);
  'betaStart'?: (number | string);
  'betaEnd'?: (number | string);
  'spacing'?: (string);
  'timestepOffset'?: (number);
  'terminalAlphaBar'?: (number | string);
  'dataStd'?: (number | string);
  'valueMinimum'?: (number | string);
  'valueMaximum'?: (number | string);
  'guidance'?: (number | string);
  'conditions'?: (_isochron_v1_Condition)[];
  'maxBatch'?: (number);
  'latencyCurve'?: (_isochron_v1_LatencyPoint)[];
  'batchJitter'?: (number | string);
  'license'?: (string);
  'sharedTimestep'?: (boolean);
  'priorMeanValues'?: (number | string)[];
  'priorMeans'?: (Buffer | Uint8Array | string);
  'convergence'?: (_isochron_v1_Convergence | null);
  'zeroTerminalSnr'?: (boolean);
  'shift'?: (number | string);
  'shiftTerminal'?: (number | string);
  'sigmaMin'?: (number | string);
  'sigmaMax'?: (number | string);
  'dataDeviation'?: (number | string);
  'bound'?: (_isochron_v1_Bound | null);
  '_terminalAlphaBar'?: "terminalAlphaBar";
  '_shiftTerminal'?: "shiftTerminal";
  '_bound'?: "bound";
}

export interface Model__Output {
  'name': (string);
  'sha256': (string);
  'backend': (string);
  'sampleShape': (number)[];
  'prediction': (string);
  'schedule': (string);
  'trainSteps': (number);
  'betaStart': (number);
  'betaEnd': (number);
  'spacing': (string);
  'timestepOffset': (number);
  'terminalAlphaBar'?: (number);
  'dataStd': (number);
  'valueMinimum': (number);
  'valueMaximum': (number);
  'guidance': (number);
  'conditions': (_isochron_v1_Condition__Output)[];
  'maxBatch': (number);
  'latencyCurve': (_isochron_v1_LatencyPoint__Output)[];
  'batchJitter': (number);
  'license': (string);
  'sharedTimestep': (boolean);
  'priorMeanValues': (number)[];
  'priorMeans': (Buffer);
  'convergence': (_isochron_v1_Convergence__Output | null);
  'zeroTerminalSnr': (boolean);
  'shift': (number);
  'shiftTerminal'?: (number);
  'sigmaMin': (number);
  'sigmaMax': (number);
  'dataDeviation': (number);
  'bound'?: (_isochron_v1_Bound__Output | null);
  '_terminalAlphaBar'?: "terminalAlphaBar";
  '_shiftTerminal'?: "shiftTerminal";
  '_bound'?: "bound";
}
