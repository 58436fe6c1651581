/**
 * What becomes of a small error between a row and the sample: late rows of a model with narrow
 * modes contract it to a hundredth, those of another one leave it as it is. No round can tell,
 * since gains along a movement are not those along the error (docs/NUMERICS.md, "Error control");
 * so it is measured once for a model, against its sequential sampler (`bench:convergence`).
 */
import type { Contraction } from '../../kernel/convergence.ts';
import type { StepTable } from '../step-table.ts';

/**
 * [N] Of an error in the row behind each step, the part that reaches the sample; at most 1.
 * Between two measured noise levels it is interpolated, and before the first one it is the first.
 */
export function contractionOf(
  { steps, sigma }: Pick<StepTable, 'steps' | 'sigma'>,
  measured: Contraction,
): Float64Array {
  return Float64Array.from({ length: steps }, (_, i) => partAt(measured, sigma[i + 1]!));
}

function partAt({ sigma, part }: Contraction, level: number): number {
  const right = sigma.findIndex((known) => known <= level);
  if (right === 0) return part[0]!;
  const [from, known] = right === -1 ? [sigma.at(-1)!, part.at(-1)!] : levelAt(sigma, part, right);
  // without noise nothing is left that could contract
  const [to, next] = right === -1 ? [0, 1] : [sigma[right]!, part[right]!];
  const share = from > to ? (from - level) / (from - to) : 1;
  return Math.min(1, known + share * (next - known));
}

function levelAt(
  sigma: readonly number[],
  part: readonly number[],
  right: number,
): readonly [number, number] {
  return [sigma[right - 1]!, part[right - 1]!];
}
