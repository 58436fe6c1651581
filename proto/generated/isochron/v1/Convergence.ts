// Original file: isochron/v1/tensor.proto

import type { ConvergenceEntry as _isochron_v1_ConvergenceEntry, ConvergenceEntry__Output as _isochron_v1_ConvergenceEntry__Output } from '../../isochron/v1/ConvergenceEntry.ts';
import type { Contraction as _isochron_v1_Contraction, Contraction__Output as _isochron_v1_Contraction__Output } from '../../isochron/v1/Contraction.ts';

export interface Convergence {
  'tolerance'?: (number | string);
  'toleranceSlope'?: (number | string);
  'samplesSlope'?: (number | string);
  'entries'?: (_isochron_v1_ConvergenceEntry)[];
  'contraction'?: (_isochron_v1_Contraction)[];
}

export interface Convergence__Output {
  'tolerance': (number);
  'toleranceSlope': (number);
  'samplesSlope': (number);
  'entries': (_isochron_v1_ConvergenceEntry__Output)[];
  'contraction': (_isochron_v1_Contraction__Output)[];
}
