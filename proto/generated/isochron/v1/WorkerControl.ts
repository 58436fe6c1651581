// Original file: isochron/v1/fleet.proto

import type { Register as _isochron_v1_Register, Register__Output as _isochron_v1_Register__Output } from '../../isochron/v1/Register.ts';
import type { Heartbeat as _isochron_v1_Heartbeat, Heartbeat__Output as _isochron_v1_Heartbeat__Output } from '../../isochron/v1/Heartbeat.ts';
import type { Draining as _isochron_v1_Draining, Draining__Output as _isochron_v1_Draining__Output } from '../../isochron/v1/Draining.ts';
import type { Measured as _isochron_v1_Measured, Measured__Output as _isochron_v1_Measured__Output } from '../../isochron/v1/Measured.ts';

export interface WorkerControl {
  'register'?: (_isochron_v1_Register | null);
  'heartbeat'?: (_isochron_v1_Heartbeat | null);
  'draining'?: (_isochron_v1_Draining | null);
  'measured'?: (_isochron_v1_Measured | null);
  'message'?: "register"|"heartbeat"|"draining"|"measured";
}

export interface WorkerControl__Output {
  'register'?: (_isochron_v1_Register__Output | null);
  'heartbeat'?: (_isochron_v1_Heartbeat__Output | null);
  'draining'?: (_isochron_v1_Draining__Output | null);
  'measured'?: (_isochron_v1_Measured__Output | null);
  'message'?: "register"|"heartbeat"|"draining"|"measured";
}
