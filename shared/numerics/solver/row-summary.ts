/** The scalars of a block's rows, for whoever decides what freezes. */
import { rowColumns, type RowScalars } from '../../kernel/row-scalars.ts';
import { indexOf, responseAt, type FixedPointState } from './fixed-point-state.ts';
import { responseNorm, SMALLEST_MOVEMENT } from './follow.ts';

/** After a sweep or a correction; entries of frozen rows stay 0. */
export function rowScalars(state: FixedPointState): RowScalars {
  const { problem, rows, frontier, activeEnd } = state;
  const { samples } = problem;
  const firstStep = Math.min(...frontier);
  const size = (activeEnd - firstStep) * samples;
  const groups = rows.groupGain.length / rows.gain.length;
  const scalars = emptyScalars(firstStep, size, groups);
  for (let m = 0; m < samples; m++) {
    for (let i = frontier[m]!; i < activeEnd; i++) {
      const row = indexOf(state, i, m);
      const at = (i - firstStep) * samples + m;
      const moved = rows.update[row]!;
      scalars.movement[at] = moved === 0 ? 0 : Math.max(moved, SMALLEST_MOVEMENT);
      if (groups > 0) {
        scalars.peak[at] = moved === 0 ? 0 : Math.max(rows.peak[row]!, SMALLEST_MOVEMENT);
      }
      scalars.slope[at] = responseNorm(responseAt(state, i + 1, m));
      scalars.gain[at] = rows.gain[row]!;
      scalars.nearGain[at] = Math.max(rows.nearGain[row]!, rows.gain[row]!);
      for (let g = 0; g < groups; g++) {
        scalars.groupGain[at * groups + g] = rows.groupGain[row * groups + g]!;
      }
      scalars.residual[at] = rows.residual[row]!;
      scalars.departure[at] = rows.departure[row]!;
      scalars.closedFormDeparture[at] = rows.closedFormDeparture[row]!;
      scalars.interpolated[at] = rows.interpolated[row]!;
    }
  }
  return scalars;
}

function emptyScalars(firstStep: number, size: number, groups: number): RowScalars {
  const sizes = { groupGain: size * groups, peak: groups > 0 ? size : 0 };
  const arrays = rowColumns.map((name) => {
    const own = name === 'groupGain' || name === 'peak' ? sizes[name] : size;
    return [name, new Float32Array(own)] as const;
  });
  return { firstStep, ...(Object.fromEntries(arrays) as Omit<RowScalars, 'firstStep'>) };
}
