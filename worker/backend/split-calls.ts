/**
 * A call whose rows several threads share, each with a session of its own: no thread waits for
 * another before the end of the call, where the threads of one session meet at every operator.
 */
import type { Run } from './inline-models.ts';
import type { SlotArrays } from './slot-arrays.ts';
import { rowsFrom } from './slot-arrays.ts';

export interface SplitOptions {
  readonly arrays: SlotArrays;
  /** The first rows, on the thread that asks. */
  readonly own: Run;
  /** For each other thread: the calls of a slot over these arrays. */
  readonly others: readonly ((arrays: SlotArrays) => Promise<Run>)[];
}

/** The first call makes every thread ready: who never splits a call loads no model for that. */
export function splitCalls({ arrays, own, others }: SplitOptions): Run {
  const lanes = others.map((open, k) => ({ place: k + 1, slotAt: slotsOf(open, arrays) }));
  const all = lanes.length + 1;
  const begin = (place: number, count: number): number => Math.ceil((place * count) / all);
  let opening: Promise<unknown> | undefined;

  return async (count) => {
    await (opening ??= Promise.all(lanes.map(({ place, slotAt }) => slotAt(place))));
    const parts = lanes
      .map(({ place, slotAt }) => ({
        slotAt,
        at: begin(place, count),
        end: begin(place + 1, count),
      }))
      .filter(({ at, end }) => end > at);
    const ready = await Promise.all(
      parts.map(async ({ slotAt, at, end }) => ({ run: await slotAt(at), rows: end - at })),
    );
    // the others first: this thread is busy until its own part is done
    const running = ready.map(({ run, rows }) => run(rows));
    // buffers are in use until the last of them is done, however another one ended
    const ended = await Promise.allSettled([...running, own(begin(1, count))]);
    return Math.max(...ended.map(valueOf));
  };
}

/** A thread's slot for the rows from this one on, opened once. */
function slotsOf(open: (arrays: SlotArrays) => Promise<Run>, arrays: SlotArrays) {
  const slots = new Map<number, Promise<Run>>();
  return (at: number): Promise<Run> => {
    const slot = slots.get(at) ?? open(rowsFrom(arrays, at));
    slots.set(at, slot);
    return slot;
  };
}

function valueOf(ended: PromiseSettledResult<number>): number {
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}
