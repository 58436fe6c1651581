/** Metrics of this process, by the names that every Prometheus library gives them. */
import { performance } from 'node:perf_hooks';
import { limits } from '../../../shared/kernel/limits.ts';
import { protocolVersion } from '../../../shared/protocol/loader.ts';
import { packageVersion } from '../../../shared/protocol/package-root.ts';
import type { Instruments } from './instruments.ts';

export function readProcess(instruments: Instruments): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  instruments.total('cpuSeconds', (user + system) / 1e6);
  instruments.set('residentBytes', rss);
  instruments.set('heapBytes', heapUsed);
  instruments.set('externalBytes', external);
  instruments.set('startSeconds', performance.timeOrigin / 1000);
  const about = { protocol: String(protocolVersion), node: process.versions.node };
  instruments.set('buildInfo', 1, { version: packageVersion(), ...about });
}

/**
 * By how much timers are late. `monitorEventLoopDelay` of Node does not see stalls in microtasks
 * and in `setImmediate`, and sees others late.
 *
 * @returns stops it
 */
export function watchLoop(instruments: Instruments): () => void {
  const everyMs = limits.loopDelayEveryMs;
  let dueMs = performance.now() + everyMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    instruments.observe('loopDelay', Math.max(0, nowMs - dueMs) / 1000);
    dueMs = nowMs + everyMs;
  }, everyMs);
  // it keeps nobody awake
  timer.unref();
  return () => clearInterval(timer);
}
