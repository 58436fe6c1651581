/** Metrics that are state: read where it is when somebody asks, so that they are never late. */
import { performance } from 'node:perf_hooks';
import type { LoadReply } from '../../../proto/generated/isochron/v1/LoadReply.ts';
import type { Engine } from '../engine.ts';
import type { Totals } from '../totals.ts';
import { busyRatio, type BusyShare } from './heartbeats.ts';
import type { Instruments } from './instruments.ts';

/** What the state of a coordinator is read from. */
export interface Present {
  readonly engine: Engine;
  readonly totals: Totals;
  /** Of everybody. */
  readonly load: () => LoadReply;
}

export function readPresent(
  instruments: Instruments,
  { engine, totals, load: read }: Present,
  busy: BusyShare,
): void {
  const load = read();
  const { waiting = 0, running = 0 } = load;
  instruments.set('jobsWaiting', waiting);
  instruments.set('jobsRunning', running);
  instruments.set('jobs', waiting, { state: 'waiting' });
  instruments.set('jobs', running, { state: 'running' });
  const { submitted, ended } = totals;
  for (const [state, count] of Object.entries({ submitted, ...ended })) {
    instruments.total('jobsTotal', count, { state });
  }
  readBlocks(instruments, engine);
  readWorkers(instruments, engine, busy);
  instruments.total('staleReplies', engine.state().staleReplies);
  instruments.set('watchers', load.watchers ?? 0);
  instruments.set('latents', load.latents ?? 0);
  instruments.set('trajectoryBytes', Number(load.trajectoryBytes ?? 0));
}

function readBlocks(instruments: Instruments, engine: Engine): void {
  const { running, jobs } = engine.state();
  const live = running.flatMap((id) => jobs.get(id)?.blocks ?? []);
  const held = live.filter(({ worker }) => worker !== '').length;
  instruments.set('blocksPending', live.length - held);
  instruments.set('blocksRunning', held);
}

function readWorkers(instruments: Instruments, engine: Engine, busy: BusyShare): void {
  const { workers, trust } = engine.state();
  const sessions = engine.workers.all();
  const nowMs = performance.now();
  const counts = { connecting: 0, ready: 0, draining: 0, quarantined: 0 };
  for (const { id } of sessions) {
    const worker = workers.get(id);
    if (worker === undefined) counts.connecting++;
    else if (worker.draining) counts.draining++;
    else counts.ready++;
  }
  for (const { untilMs } of trust.values()) if (untilMs > nowMs) counts.quarantined++;
  for (const [state, count] of Object.entries(counts)) instruments.set('workers', count, { state });
  instruments.set('busyRatio', busyRatio(busy, sessions));
  const ages = sessions.map(({ progressAgeMs }) => progressAgeMs);
  instruments.set('progressAge', Math.max(0, ...ages) / 1000);
}
