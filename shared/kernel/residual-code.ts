/**
 * Residuals in one byte, for traces: 0 is zero, else log2(residual) = (code - 200) / 6. Covers
 * 1e-10 .. 600 at 12 % resolution, which is finer than a heat map shows.
 */
const OFFSET = 200;
const PER_OCTAVE = 6;

export function residualCode(residual: number): number {
  if (residual === 0) return 0;
  if (!Number.isFinite(residual)) return 255;
  const code = Math.round(Math.log2(residual) * PER_OCTAVE) + OFFSET;
  return Math.min(255, Math.max(1, code));
}

export function residualOf(code: number): number {
  return code === 0 ? 0 : 2 ** ((code - OFFSET) / PER_OCTAVE);
}

export function residualCodes(residuals: Float32Array): Uint8Array {
  return Uint8Array.from(residuals, residualCode);
}
