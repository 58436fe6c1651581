/** Everything that looks on: the metrics, the log, and traces where somebody asked for them. */
import type { Logger } from 'pino';
import type { Principal } from './auth/principal.ts';
import type { Engine } from './engine.ts';
import type { JobDesk } from './job-desk.ts';
import type { Ledger } from './ledger.ts';
import { loadReply } from './load.ts';
import { logEvents } from './log-events.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { Present } from './metrics/present.ts';
import type { EngineObserver } from './observer.ts';
import { createTracing } from './tracing/tracing.ts';

/** What there is to look at, once it is complete. */
interface Watched {
  readonly engine: Engine;
  readonly desk: JobDesk;
}

export interface Observability {
  readonly metrics: Metrics;
  readonly observers: readonly EngineObserver[];
  /** With the id of the trace in lines about a job that has one. */
  readonly log: Logger;
  /** The same desk, whose submissions are timed and traced. */
  desk(desk: JobDesk): JobDesk;
  ledger(ledger: Ledger): Ledger;
  /** From here on there is something to look at. */
  watch(watched: Watched): void;
  close(): Promise<void>;
}

export async function createObservability(
  env: Readonly<Record<string, string | undefined>>,
  plain: Logger,
): Promise<Observability> {
  let watched: Watched | undefined;
  const metrics = createMetrics(() => watched && presentOf(watched));
  const tracing = await createTracing(env, plain, (job) => watched?.engine.records.get(job));
  const traceOf = tracing ? (job: string) => tracing.traceOf(job) : undefined;
  const log = traceOf ? correlated(plain, traceOf) : plain;
  return {
    metrics,
    log,
    observers: [metrics.observer, logEvents(log), ...(tracing ? [tracing.observer] : [])],
    desk: (desk) => ({
      ...desk,
      submit(request, start) {
        const submit = () => metrics.submitted(desk.submit(request, start));
        return tracing ? tracing.submitted(request, submit) : submit();
      },
      resolve(job, jobs) {
        if (tracing) tracing.planned(job, () => desk.resolve(job, jobs));
        else desk.resolve(job, jobs);
      },
    }),
    ledger: (ledger) => ({
      ...ledger,
      end: (ended) => tracing?.stored(ended, ledger.end(ended)) ?? ledger.end(ended),
    }),
    watch: (now) => {
      watched = now;
    },
    async close() {
      metrics.close();
      await tracing?.close();
    },
  };
}

/** Figures of all tenants: who reads them is asked at the port. */
const scraper: Principal = { name: 'metrics', tenant: '', scopes: new Set(['metrics']) };

function presentOf({ engine, desk }: Watched): Present {
  return { engine, totals: desk.totals, load: () => loadReply(engine, desk, scraper) };
}

function correlated(log: Logger, traceOf: (job: string) => string | undefined): Logger {
  const withTrace = (line: object): object => {
    const trace = 'job' in line && typeof line.job === 'string' ? traceOf(line.job) : undefined;
    return trace === undefined ? line : { ...line, trace };
  };
  return log.child({}, { formatters: { log: withTrace } });
}
