/** Plans as clients see them. */
import type { PlannedSetting } from '../../proto/generated/isochron/v1/PlannedSetting.ts';
import type { PlanReply } from '../../proto/generated/isochron/v1/PlanReply.ts';
import type { PlanSummary } from '../../proto/generated/isochron/v1/PlanSummary.ts';
import type { MethodSetting } from '../core/plan/candidates.ts';
import type { Plan, Prediction } from '../core/planner.ts';

export function planReply(plan: Plan): PlanReply {
  const settings = plan.predictions.map((one) => plannedSetting(one, plan.setting));
  return { settings, plan: planSummary(plan) };
}

export function planSummary({ setting, predicted, sequential, reason, mode }: Plan): PlanSummary {
  return {
    ...settingFields(setting),
    ...(predicted && { predictedMs: predicted.predictedMs }),
    predictedSequentialMs: sequential.predictedMs,
    reason,
    mode: mode ?? 'named',
  };
}

function plannedSetting(
  { setting, rounds, modelCalls, predictedMs, roundMs, bytes, speedup }: Prediction,
  chosen: MethodSetting,
): PlannedSetting {
  const figures = { rounds, modelCalls, predictedMs, roundMs, bytes, speedup };
  return { ...settingFields(setting), ...figures, chosen: isSame(setting, chosen) };
}

function settingFields({ method, window, blocks, groups, workers }: MethodSetting) {
  return { method, window, blocks, groups, workers: workers.length };
}

function isSame(a: MethodSetting, b: MethodSetting): boolean {
  const [one, other] = [settingFields(a), settingFields(b)];
  return JSON.stringify(one) === JSON.stringify(other);
}
