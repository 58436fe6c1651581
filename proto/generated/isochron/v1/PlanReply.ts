// Original file: isochron/v1/sampler.proto

import type { PlannedSetting as _isochron_v1_PlannedSetting, PlannedSetting__Output as _isochron_v1_PlannedSetting__Output } from '../../isochron/v1/PlannedSetting.ts';
import type { PlanSummary as _isochron_v1_PlanSummary, PlanSummary__Output as _isochron_v1_PlanSummary__Output } from '../../isochron/v1/PlanSummary.ts';

export interface PlanReply {
  'settings'?: (_isochron_v1_PlannedSetting)[];
  'plan'?: (_isochron_v1_PlanSummary | null);
}

export interface PlanReply__Output {
  'settings': (_isochron_v1_PlannedSetting__Output)[];
  'plan': (_isochron_v1_PlanSummary__Output | null);
}
