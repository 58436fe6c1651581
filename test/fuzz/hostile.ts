/** Values that programs trip over, and what damages bytes. */
import type { Draws } from './draws.ts';

export const hostileIntegers: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  127n,
  128n,
  255n,
  256n,
  1_024n,
  1_025n,
  10_000n,
  10_001n,
  65_535n,
  2n ** 26n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
];

export const hostileNumbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-3,
  Number.MIN_VALUE,
  1e-300,
  1e3,
  1_000.000_1,
  1e9,
  2 ** 53,
  1e300,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
];

/** Three UTF-16 units long where cut at an odd place: half a character is no text. */
const astral = '\u{1f600}';

export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  '\x1b[2J\x07',
  'a\r\nb: c',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../../../../etc/passwd',
  '..\\..\\windows',
  '/dev/zero',
  '%00%2e%2e%2f',
  '${7*7}{{7*7}}',
  "'; drop table jobs; --",
  '{"__proto__": {"order": 3}}',
  '{"\\ud800": 1}',
  '[1]',
  'NaN',
  '1e999',
  '-0',
  '\u202e\u2028\ufeff',
  astral,
  astral.repeat(700),
  `a${astral.repeat(700)}`,
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(1_025),
  'x'.repeat(100_001),
  '0,'.repeat(20_000),
];

/** One to four changes of the kind that a wire, a disk or an attacker makes. */
export function mutated(bytes: Buffer, draws: Draws): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + draws.below(4); left > 0; left--) changed = mutatedOnce(changed, draws);
  return changed;
}

function mutatedOnce(bytes: Buffer, draws: Draws): Buffer {
  const at = draws.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + draws.below(16));
  switch (draws.below(8)) {
    case 0:
      return flipped(bytes, at, 1 << draws.below(8));
    case 1:
      return replaced(bytes, at, draws.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]));
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        draws.bytes(1 + draws.below(16)),
        bytes.subarray(at),
      ]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at, to), bytes.subarray(to)]);
    case 6:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(draws.pick(hostileTexts).slice(0, 64)),
        bytes.subarray(at),
      ]);
    default:
      return replaced(bytes, at, draws.below(256));
  }
}

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  return replaced(bytes, at, (bytes[at] ?? 0) ^ mask);
}

function replaced(bytes: Buffer, at: number, value: number): Buffer {
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}
