import { setImmediate } from 'node:timers/promises';

import { serveModelThread } from '../../../worker/backend/thread-loop.ts';

/** What the fixture's model does in each call: how long it blocks, or how it dies. */
export interface SlowPayload {
  readonly blockMs: number;
  readonly dieAfterCalls?: number;
}

/**
 * A model thread that blocks like a native call: Atomics.wait holds the whole thread, no timer and
 * no message is served meanwhile. Outputs are the negated states.
 */
serveModelThread(async (payload) => {
  const { blockMs, dieAfterCalls = Infinity } = payload as SlowPayload;
  const never = new Int32Array(new SharedArrayBuffer(4));
  let calls = 0;
  return {
    bind: (arrays) => async (count) => {
      // As in ONNX Runtime, the blocking call begins one turn after it was asked for.
      await setImmediate();
      Atomics.wait(never, 0, 0, blockMs);
      calls += 1;
      if (calls > dieAfterCalls) process.exit(7);
      const elements = (arrays.states.length / arrays.timesteps.length) * count;
      for (let e = 0; e < elements; e++) arrays.outputs[e] = -(arrays.states[e] ?? 0);
    },
    release: async () => undefined,
  };
});
