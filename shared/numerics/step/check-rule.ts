/** What is wrong with a rule that somebody sent. */
import { limits, outOfRange, requireInteger } from '../../kernel/limits.ts';
import type { Bound, StepRule } from '../../kernel/step-rule.ts';

/** @throws RangeError naming the field, what was found and what was expected */
export function requireRule(rule: StepRule, steps: number): void {
  const { depth, stateScale, outputScale, valueScale, bound, value } = rule;
  requireInteger('rule.depth', depth, 1, limits.ruleDepthMax);
  requireInteger('rule.stateScale.length', stateScale.length, steps, steps);
  requireInteger('rule.outputScale.length', outputScale.length, steps, steps);
  requireInteger('rule.valueScale.length', valueScale.length, steps * depth, steps * depth);
  const scales = { stateScale, outputScale, valueScale };
  for (const [name, values] of Object.entries(scales)) {
    const at = values.findIndex((found) => !Number.isFinite(found));
    if (at >= 0) throw outOfRange(`rule.${name}[${at}]`, values[at]!, 'a finite number');
  }
  for (let i = 0; i < Math.min(depth - 1, steps); i++) {
    for (let k = i + 1; k < depth; k++) {
      const found = valueScale[i * depth + k]!;
      if (found !== 0) throw outOfRange(`rule.valueScale[${i}, ${k}]`, found, '0: no such row');
    }
  }
  const raw = outputScale.find((scale) => scale !== 0);
  if (depth > 1 && raw !== undefined) {
    throw outOfRange('rule.outputScale', raw, '0 with a memory: its slope is that of the value');
  }
  if (bound) requireBound(bound, value);
}

function requireBound(bound: Bound, value: StepRule['value']): void {
  if (value !== 'denoised') throw outOfRange('rule.bound', 1, 'none: only x0-hat has a range');
  const { kind } = bound;
  const numbers = kind === 'clip' ? [bound.range] : [bound.quantile, bound.most];
  for (const found of numbers) {
    if (!(found > 0 && Number.isFinite(found))) {
      throw outOfRange(`rule.bound (${kind})`, found, 'a number above 0');
    }
  }
  if (kind === 'threshold' && bound.quantile > 1) {
    throw outOfRange('rule.bound.quantile', bound.quantile, 'at most 1');
  }
}
