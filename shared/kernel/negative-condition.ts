/**
 * A job may say itself what the unconditional half of a guided pair sees, such as the embedding of
 * a negative prompt: as an input named after the condition.
 */
const SUFFIX = '.unconditional';

export function negativeOf(condition: string): string {
  return `${condition}${SUFFIX}`;
}

/** The condition that an input is the negative of; undefined for any other input. */
export function conditionOfNegative(input: string): string | undefined {
  return input.endsWith(SUFFIX) ? input.slice(0, -SUFFIX.length) : undefined;
}
