/** `StepRule` on the wire. */
import type { Bound, StepRule } from '../kernel/step-rule.ts';
import type { StepRule as Sent } from '../../proto/generated/isochron/v1/StepRule.ts';
import type { StepRule__Output } from '../../proto/generated/isochron/v1/StepRule.ts';
import { SamplerError } from './errors.ts';
import { numbersOf } from './wire-fields.ts';

export function encodeRule(rule: StepRule): Sent {
  const { value, depth, bound } = rule;
  return {
    value,
    depth,
    stateScales: numbersOf(rule.stateScale),
    outputScales: numbersOf(rule.outputScale),
    valueScales: numbersOf(rule.valueScale),
    ...(bound?.kind === 'clip' && { clip: bound.range }),
    ...(bound?.kind === 'threshold' && {
      thresholdQuantile: bound.quantile,
      thresholdMost: bound.most,
    }),
  };
}

export function decodeRule(sent: StepRule__Output): StepRule {
  const value = (['denoised', 'epsilon'] as const).find((known) => known === sent.value);
  if (!value) {
    const found = JSON.stringify(sent.value);
    throw new SamplerError('VERSION_SKEW', `rule: this version knows no value ${found}`);
  }
  const bound = decodeBound(sent);
  return {
    value,
    depth: sent.depth,
    stateScale: Float64Array.from(sent.stateScales),
    outputScale: Float64Array.from(sent.outputScales),
    valueScale: Float64Array.from(sent.valueScales),
    ...(bound && { bound }),
  };
}

function decodeBound({ clip, thresholdQuantile, thresholdMost }: StepRule__Output) {
  const threshold = {
    kind: 'threshold',
    quantile: thresholdQuantile,
    most: thresholdMost,
  } as const;
  const bound: Bound | undefined =
    clip !== 0 ? { kind: 'clip', range: clip } : thresholdQuantile !== 0 ? threshold : undefined;
  return bound;
}
