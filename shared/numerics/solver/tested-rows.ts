/** What blocks told of their rows, put together for one sample: what `freeze.ts` looks at. */
import type { RowScalars } from '../../kernel/row-scalars.ts';
import type { Movement } from './groups.ts';

/** A live block after a round, with what is known of its rows. */
export interface TestedBlock {
  readonly rows?: RowScalars | undefined;
  /** D_s of the left boundary since the sweep that measured the rows. */
  readonly movement?: Movement | undefined;
  /** First row that was not frozen when the block swept, per sample; absent: as it is now. */
  readonly sweptFrom?: Int32Array | undefined;
  /** w of the row behind the block, per sample, from the round before; absent: 1. */
  readonly behind?: Float64Array | undefined;
}

/** The live rows of one sample. Entry k speaks of step first + k and the row behind it. */
export interface LiveRows {
  /** First active step: all rows up to its input are final. */
  readonly first: number;
  /**
   * How far the input of the first step moved since the sweep; undefined where it was final then,
   * so that the first row is exact.
   */
  readonly inputMoved: number | undefined;
  /** w of the row behind the last one. */
  readonly behind: number;
  /** u, an upper bound of the row's last movement; Infinity where no block knows it. */
  readonly update: Float64Array;
  /** The same of the group of elements that moved most. */
  readonly peak: Float64Array;
  readonly gain: Float64Array;
  readonly nearGain: Float64Array;
  /** [rows x groups] */
  readonly groupGain: Float64Array;
  readonly residual: Float64Array;
  /** As in `RowScalars`. */
  readonly departure: Float64Array;
  readonly closedFormDeparture: Float64Array;
  readonly interpolated: Float64Array;
}

interface Sample {
  readonly first: number;
  readonly m: number;
  readonly samples: number;
  readonly groups: number;
}

/** The scalars of one sample over all blocks; a row that no block knows can never pass. */
export function liveRows(blocks: readonly TestedBlock[], sample: Sample): LiveRows {
  const { first, m, samples } = sample;
  const [{ sweptFrom, movement: leftmost } = {}] = blocks;
  const inputMoved = sweptFrom && sweptFrom[m]! < first ? (leftmost?.rms[m] ?? 0) : undefined;
  const behind = blocks.at(-1)?.behind?.[m] ?? 1;
  const ends = blocks.map(({ rows }) => (rows ? endOf(rows, samples) : 0));
  const count = Math.max(0, Math.max(0, ...ends) - first);
  const measured = {
    update: new Float64Array(count).fill(Infinity),
    peak: new Float64Array(count).fill(Infinity),
    gain: new Float64Array(count).fill(1),
    nearGain: new Float64Array(count).fill(1),
    groupGain: new Float64Array(count * sample.groups).fill(1),
    residual: new Float64Array(count).fill(Infinity),
    departure: new Float64Array(count).fill(-1),
    closedFormDeparture: new Float64Array(count).fill(-1),
    interpolated: new Float64Array(count),
  };
  for (const block of blocks) fillRows(measured, block, sample);
  return { first, inputMoved, behind, ...measured };
}

type Measured = Omit<LiveRows, 'first' | 'inputMoved' | 'behind'>;

function fillRows(out: Measured, { rows, movement }: TestedBlock, sample: Sample): void {
  if (!rows) return;
  const { first, m, samples, groups } = sample;
  const [left, leftPeak] = [movement?.rms[m] ?? 0, movement?.peak[m] ?? 0];
  const end = endOf(rows, samples);
  for (let i = Math.max(first, rows.firstStep); i < end; i++) {
    const at = (i - rows.firstStep) * samples + m;
    const k = i - first;
    const slope = Math.abs(rows.slope[at]!);
    const moved = rows.movement[at]!;
    out.update[k] = moved + (left === 0 ? 0 : slope * left);
    out.peak[k] = (rows.peak[at] ?? moved) + (left === 0 ? 0 : slope * leftPeak);
    const gain = rows.gain[at]!;
    out.gain[k] = gain;
    out.nearGain[k] = rows.nearGain[at]!;
    for (let g = 0; g < groups; g++) {
      out.groupGain[k * groups + g] = rows.groupGain[at * groups + g] ?? gain;
    }
    out.residual[k] = rows.residual[at]!;
    out.departure[k] = rows.departure[at]!;
    out.closedFormDeparture[k] = rows.closedFormDeparture[at]!;
    out.interpolated[k] = rows.interpolated[at]!;
  }
}

function endOf({ firstStep, movement }: RowScalars, samples: number): number {
  return firstStep + movement.length / samples;
}
