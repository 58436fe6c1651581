import type { ConditionInfo, InputTensor } from '../client/types.ts';

/** One caption per sample from the first labelled scalar condition; undefined if there is none. */
export function sampleLabels(
  inputs: readonly InputTensor[],
  conditions: readonly ConditionInfo[] | undefined,
  samples: number,
): string[] | undefined {
  for (const condition of conditions ?? []) {
    const input = inputs.find((candidate) => candidate.name === condition.name);
    if (input === undefined || condition.labels.length === 0 || condition.shape.length > 0)
      continue;
    const values = Array.from(input.data, Number);
    return Array.from({ length: samples }, (_, sample) => {
      const value = values[values.length === 1 ? 0 : sample] ?? Number.NaN;
      return condition.labels[value - condition.minimum] ?? String(value);
    });
  }
  return undefined;
}
