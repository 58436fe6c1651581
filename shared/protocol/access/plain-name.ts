import { limits } from '../../kernel/limits.ts';

/** Of tokens, tenants and certificates: they appear in logs, labels and file names. */
export const plainNamePattern = `[a-z0-9][a-z0-9._-]{0,${limits.nameMax - 1}}`;

const atMost = `at most ${limits.nameMax}`;
export const plainNameExpected = `small letters, digits, ".", "_" and "-", ${atMost}`;

const plainName = new RegExp(`^${plainNamePattern}$`);

export function isPlainName(name: string): boolean {
  return plainName.test(name);
}
