/** The thread of `watchdog.ts`. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

import { createHangJudge } from '../core/hang-judge.ts';
import { watchWords, type WatchdogData } from './watch-words.ts';

const { words: shared, intervalMs } = workerData as WatchdogData;
const words = new Int32Array(shared);
const hangs = createHangJudge(intervalMs);
let lookedMs = performance.now();

setInterval(() => {
  const nowMs = performance.now();
  const elapsedMs = nowMs - lookedMs;
  lookedMs = nowMs;
  const call = Atomics.load(words, watchWords.call);
  const ended = Atomics.load(words, watchWords.ended);
  const limitMs = Atomics.load(words, watchWords.limitMs);
  if (!hangs({ elapsedMs, call, ended, limitMs })) return;
  const text = `a model call has hung for more than ${limitMs} ms: this process ends itself`;
  // the log belongs to a thread that may be the one that hangs
  writeSync(2, `worker: ${text}\n`);
  process.kill(process.pid, 'SIGKILL');
}, intervalMs);
