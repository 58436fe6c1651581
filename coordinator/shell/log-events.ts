/** What the log says of jobs and workers while they run, with the same keys in every line. */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { EngineObserver, Happening, ObservedReply } from './observer.ts';

export function logEvents(log: Logger): EngineObserver {
  return {
    happened(happening) {
      const { event, before, after } = happening;
      if (event.kind === 'jobResolved') logStart(log, happening);
      if (event.kind === 'drainRequested') log.info({ worker: event.worker }, 'worker draining');
      if (before.trust !== after.trust) logTrust(log, happening);
    },
    replied: (reply) => logReply(log, reply),
  };
}

function logStart(log: Logger, { event, after }: Happening): void {
  if (event.kind !== 'jobResolved') return;
  const { plan, startedMs = 0, submittedMs = 0, phase } = after.jobs.get(event.job) ?? {};
  if (!plan || phase !== 'running') return;
  const { method, window, samples } = plan;
  const waitedMs = Math.round(startedMs - submittedMs);
  log.info({ job: event.job, method, window, samples, waitedMs }, 'job started');
}

function logTrust(log: Logger, { before, after }: Happening): void {
  const nowMs = performance.now();
  for (const [name, { strikes, times, untilMs, why }] of after.trust) {
    const old = before.trust.get(name);
    if (times > (old?.times ?? 0)) {
      log.warn({ worker: name, why, seconds: secondsTo(untilMs, nowMs) }, 'worker quarantined');
    } else if (strikes > (old?.strikes ?? 0)) {
      log.warn({ worker: name, why, strikes }, 'strike against a worker');
    }
  }
}

function secondsTo(untilMs: number, nowMs: number): number {
  return Math.round((untilMs - nowMs) / 1000);
}

function logReply(log: Logger, { worker, message, before, job, stale }: ObservedReply): void {
  const { job: id, block, round } = message.fence;
  if (message.kind === 'blockFailed') {
    const { code, message: why } = message;
    log.warn({ job: id, block, worker, round, code, why }, 'block failed');
  }
  if (stale)
    log.debug({ job: id, block, worker, round, kind: message.kind }, 'stale reply dropped');
  if (!before || !job) return;
  if (job.restarts > before.restarts) {
    log.warn({ job: id, round, restarts: job.restarts }, 'rounds start again with a stricter rule');
  }
  const { rounds, residual, modelCalls } = job.tally;
  if (rounds > before.tally.rounds) {
    log.debug({ job: id, round: rounds, residual, modelCalls }, 'round');
  }
}
