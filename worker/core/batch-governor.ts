/**
 * How many rows a call of a model may have on this device now. Nobody knows before it is tried: an
 * allocation that fails halves it, fifty calls that succeed allow one row more, and a row that
 * turns out to be one too many is tried half as often the next time.
 */
export interface BatchGovernor {
  readonly most: number;
  /** A call of so many rows could not be allocated. */
  failed(count: number): void;
  succeeded(count: number): void;
}

const GOOD_CALLS = 50;

export function createBatchGovernor(maxBatch: number): BatchGovernor {
  let most = maxBatch;
  let good = 0;
  let patience = GOOD_CALLS;
  let largestGood = 0;
  return {
    get most() {
      return most;
    },
    failed(count) {
      // one row above what was good a while ago is no reason to halve
      const known = Math.min(largestGood, count - 1);
      if (known >= count / 2) patience *= 2;
      most = Math.max(1, Math.min(most, Math.max(known, Math.floor(count / 2))));
      largestGood = Math.min(largestGood, most);
      good = 0;
    },
    succeeded(count) {
      largestGood = Math.max(largestGood, count);
      if (most === maxBatch || ++good < patience) return;
      most++;
      good = 0;
    },
  };
}

const allocation =
  /bad.?alloc|out of memory|(?:failed|cannot|could not|unable) to allocate|allocation failed/i;

/** What runtimes say where memory, of the host or of a device, does not suffice. */
export function isAllocationError(thrown: unknown): boolean {
  return thrown instanceof Error && allocation.test(thrown.message);
}
