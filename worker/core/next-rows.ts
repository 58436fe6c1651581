/**
 * Which rows of a job a worker will probably be given next. Blocks of one length are dealt in turn,
 * so the next one lies as far behind the last as that behind the one before it. What is drawn for
 * rows that come otherwise is wasted, and nothing else.
 */
export interface NextRows {
  /** A block [begin, end) was assigned. */
  entered(begin: number, end: number): void;
  /** Undefined before there is a second block, and where blocks come again. */
  readonly expected: () => readonly [from: number, to: number] | undefined;
}

export function nextRows(): NextRows {
  let last: readonly [begin: number, end: number] | undefined;
  let stride = 0;
  return {
    entered(begin, end) {
      stride = last ? begin - last[0] : 0;
      last = [begin, end];
    },
    expected: () => (last && stride > 0 ? [last[0] + stride, last[1] + stride] : undefined),
  };
}
