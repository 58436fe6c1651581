/** `StepRule` and `Bound` on the wire. */
import type { Bound as SentBound, Bound__Output } from '../../proto/generated/isochron/v1/Bound.ts';
import type {
  StepRule as SentRule,
  StepRule__Output,
} from '../../proto/generated/isochron/v1/StepRule.ts';
import type { Bound, StepRule } from '../kernel/step-rule.ts';
import { SamplerError } from './errors.ts';
import { numbersOf } from './wire-fields.ts';

export function encodeRule(rule: StepRule): SentRule {
  const { value, depth, bound } = rule;
  return {
    value,
    depth,
    stateScales: numbersOf(rule.stateScale),
    outputScales: numbersOf(rule.outputScale),
    valueScales: numbersOf(rule.valueScale),
    ...(bound && { bound: encodeBound(bound) }),
  };
}

export function decodeRule(sent: StepRule__Output): StepRule {
  const value = (['denoised', 'epsilon'] as const).find((known) => known === sent.value);
  if (!value) {
    const found = JSON.stringify(sent.value);
    throw new SamplerError('VERSION_SKEW', `rule: this version knows no value ${found}`);
  }
  return {
    value,
    depth: sent.depth,
    stateScale: Float64Array.from(sent.stateScales),
    outputScale: Float64Array.from(sent.outputScales),
    valueScale: Float64Array.from(sent.valueScales),
    ...(sent.bound && { bound: decodeBound(sent.bound) }),
  };
}

export function encodeBound(bound: Bound): SentBound {
  if (bound.kind === 'clip') return { clip: bound.range };
  return { thresholdQuantile: bound.quantile, thresholdMost: bound.most };
}

export function decodeBound({ clip, thresholdQuantile, thresholdMost }: Bound__Output): Bound {
  if (thresholdQuantile === 0) return { kind: 'clip', range: clip };
  return { kind: 'threshold', quantile: thresholdQuantile, most: thresholdMost };
}
