/**
 * Wakes the sleepers of another thread, to a fraction of a millisecond: timers of the event loop
 * are whole milliseconds, a sixth of a short call of an accelerator. It sleeps itself in between.
 */
import { workerData } from 'node:worker_threads';

import { layout, nowMs } from './sleep-board.ts';

const { wishes, due, bells } = layout(workerData as SharedArrayBuffer);

for (;;) {
  const seen = Atomics.load(wishes, 0);
  const at = nowMs();
  let next = Infinity;
  for (let sleeper = 0; sleeper < bells.length; sleeper++) {
    const wake = due[sleeper] ?? Infinity;
    if (wake <= at) {
      due[sleeper] = Infinity;
      Atomics.store(bells, sleeper, 1);
      Atomics.notify(bells, sleeper);
    } else if (wake < next) next = wake;
  }
  Atomics.wait(wishes, 0, seen, next - at);
}
