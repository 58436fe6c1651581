/** What both fuzzers are told. */
export const fuzzOptions = {
  n: { type: 'string', default: '20000' },
  seed: { type: 'string', default: '1' },
  /** One of them alone. */
  case: { type: 'string' },
  /** After so many no case begins. */
  seconds: { type: 'string' },
} as const;
