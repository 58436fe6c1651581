/** How fast a worker is with a model, from its latency curve. */
import type { LatencyPoint } from '../api/replies.ts';

export interface RowTime {
  /** Milliseconds of a row by itself. */
  readonly alone: number | undefined;
  /** The batch in which a row costs least, and what it costs there in milliseconds. */
  readonly best: LatencyPoint | undefined;
}

export function rowTime(curve: readonly LatencyPoint[]): RowTime {
  const each = curve
    .filter(({ batch }) => batch > 0)
    .map(({ batch, ms }) => ({ batch, ms: ms / batch }));
  const best = each.reduce<LatencyPoint | undefined>(
    (least, one) => (least && least.ms <= one.ms ? least : one),
    undefined,
  );
  return { alone: each.find(({ batch }) => batch === 1)?.ms, best };
}
