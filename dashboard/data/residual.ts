/**
 * Residuals as they travel, one byte each: 0 is zero, else log2(residual) = (code - 200) / 6. The
 * code is a logarithm already, so colours and scales are computed with codes.
 */
const OFFSET = 200;
const PER_OCTAVE = 6;

export function residualOf(code: number): number {
  return code === 0 ? 0 : 2 ** ((code - OFFSET) / PER_OCTAVE);
}

/** The code, not rounded, of a residual above zero. */
export function codeOf(residual: number): number {
  return Math.log2(residual) * PER_OCTAVE + OFFSET;
}

/** The bytes of base64 text; none where it is not base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
