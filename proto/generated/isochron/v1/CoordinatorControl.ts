// Original file: isochron/v1/fleet.proto

import type { Registered as _isochron_v1_Registered, Registered__Output as _isochron_v1_Registered__Output } from '../../isochron/v1/Registered.ts';
import type { Probe as _isochron_v1_Probe, Probe__Output as _isochron_v1_Probe__Output } from '../../isochron/v1/Probe.ts';
import type { DrainOrder as _isochron_v1_DrainOrder, DrainOrder__Output as _isochron_v1_DrainOrder__Output } from '../../isochron/v1/DrainOrder.ts';
import type { Measure as _isochron_v1_Measure, Measure__Output as _isochron_v1_Measure__Output } from '../../isochron/v1/Measure.ts';
import type { Heard as _isochron_v1_Heard, Heard__Output as _isochron_v1_Heard__Output } from '../../isochron/v1/Heard.ts';

export interface CoordinatorControl {
  'registered'?: (_isochron_v1_Registered | null);
  'probe'?: (_isochron_v1_Probe | null);
  'drain'?: (_isochron_v1_DrainOrder | null);
  'measure'?: (_isochron_v1_Measure | null);
  'heard'?: (_isochron_v1_Heard | null);
  'message'?: "registered"|"probe"|"drain"|"measure"|"heard";
}

export interface CoordinatorControl__Output {
  'registered'?: (_isochron_v1_Registered__Output | null);
  'probe'?: (_isochron_v1_Probe__Output | null);
  'drain'?: (_isochron_v1_DrainOrder__Output | null);
  'measure'?: (_isochron_v1_Measure__Output | null);
  'heard'?: (_isochron_v1_Heard__Output | null);
  'message'?: "registered"|"probe"|"drain"|"measure"|"heard";
}
