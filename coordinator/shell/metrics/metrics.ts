/** The metrics of a coordinator: what is counted as it happens, and what is read when asked for. */
import { performance } from 'node:perf_hooks';
import type { Heartbeat__Output } from '../../../proto/generated/isochron/v1/Heartbeat.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { ByteListener } from '../../../shared/protocol/loader.ts';
import { StoreError, type JobStore } from '../job-store.ts';
import type { EngineObserver } from '../observer.ts';
import type { WorkerSession } from '../worker-session.ts';
import { countEvents } from './events.ts';
import { countHeartbeat, noteBusy, type BusyShare } from './heartbeats.ts';
import { createInstruments } from './instruments.ts';
import { readPresent, type Present } from './present.ts';
import { readProcess, watchLoop } from './process.ts';

export interface Metrics {
  /** Of `text`. */
  readonly contentType: string;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  readonly observer: EngineObserver;
  readonly heard: (session: WorkerSession, heartbeat: Heartbeat__Output) => void;
  readonly onBytes: ByteListener;
  /** A submission, timed until it is answered. */
  submitted<Reply>(reply: Promise<Reply>): Promise<Reply>;
  /** The same store, whose transactions are timed. */
  timed(store: JobStore): JobStore;
  close(): void;
}

/** @param present undefined until the coordinator is complete */
export function createMetrics(present: () => Present | undefined): Metrics {
  const instruments = createInstruments();
  const { registry } = instruments;
  const busy: BusyShare = new WeakMap();
  const stopWatching = watchLoop(instruments);
  return {
    contentType: registry.contentType,
    text() {
      const now = present();
      if (now) readPresent(instruments, now, busy);
      readProcess(instruments);
      return registry.metrics();
    },
    observer: countEvents(instruments),
    heard(session, heartbeat) {
      countHeartbeat(instruments, heartbeat);
      noteBusy(busy, session, { busyMs: heartbeat.busyMs, atMs: performance.now() });
    },
    onBytes(direction, _message, bytes) {
      const to = direction === 'serialized' ? 'to_workers' : 'from_workers';
      instruments.add('workerBytes', bytes, { direction: to });
    },
    async submitted(reply) {
      const startedMs = performance.now();
      try {
        const answer = await reply;
        instruments.observe('submitSeconds', (performance.now() - startedMs) / 1000);
        return answer;
      } catch (error) {
        instruments.add('submitsRefused', 1, { code: SamplerError.from(error).code });
        throw error;
      }
    },
    timed: (store) => ({
      ...store,
      async commit(changes) {
        const startedMs = performance.now();
        try {
          await store.commit(changes);
        } catch (error) {
          instruments.add('storeFailures', 1, { failure: failureOf(error) });
          throw error;
        }
        instruments.observe('commitSeconds', (performance.now() - startedMs) / 1000);
        instruments.add('checkpoints', changes.filter(({ kind }) => kind === 'checkpoint').length);
      },
      async writeBlob(name, bytes) {
        try {
          return await store.writeBlob(name, bytes);
        } catch (error) {
          instruments.add('storeFailures', 1, { failure: failureOf(error) });
          throw error;
        }
      },
    }),
    close: stopWatching,
  };
}

function failureOf(error: unknown): string {
  return error instanceof StoreError ? error.failure : 'failed';
}
