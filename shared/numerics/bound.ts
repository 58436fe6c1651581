/**
 * What keeps x0-hat in the range of the data. Part of the model, so a change of it is not linear
 * and never part of a scan (numerics 5.2).
 */
import type { Bound } from '../kernel/step-rule.ts';

/** In place, one latent. */
export function boundInto(value: Float32Array, bound: Bound): void {
  if (bound.kind === 'clip') clip(value, bound.range, 1);
  else {
    const range = Math.min(bound.most, Math.max(1, quantile(value, bound.quantile)));
    clip(value, range, 1 / range);
  }
}

function clip(value: Float32Array, range: number, scale: number): void {
  for (let e = 0; e < value.length; e++) {
    value[e] = scale * Math.min(range, Math.max(-range, value[e]!));
  }
}

/** Of the absolute values, with a line between the two nearest ones, as torch.quantile does. */
function quantile(value: Float32Array, share: number): number {
  const sorted = value.map(Math.abs).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (place - below) * (high - low);
}
