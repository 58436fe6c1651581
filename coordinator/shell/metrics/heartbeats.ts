/** What workers say of their model calls, once a second: they have no port of their own. */
import type { Heartbeat__Output } from '../../../proto/generated/isochron/v1/Heartbeat.ts';
import type { WorkerSession } from '../worker-session.ts';
import type { Instruments } from './instruments.ts';

/** What the share of busy time is averaged over: a few heartbeats, less than a scrape interval. */
const AVERAGED_MS = 10_000;

interface Share {
  readonly atMs: number;
  readonly ratio: number;
}

/** By worker, for as long as it is registered. */
export type BusyShare = WeakMap<WorkerSession, Share>;

/** Numbers that a worker made up are not worth a crash: what cannot be true counts as nothing. */
function sane(found: number): number {
  return Number.isFinite(found) && found > 0 ? found : 0;
}

export function countHeartbeat(
  { callRows, callSeconds }: Instruments,
  { callsByRows, callsByMs, callRows: rows, callMs }: Heartbeat__Output,
): void {
  callRows.add(callsByRows, sane(rows));
  callSeconds.add(callsByMs, sane(callMs) / 1000);
}

/** An average in which older heartbeats count less. */
export function noteBusy(
  busy: BusyShare,
  session: WorkerSession,
  { busyMs, atMs }: { readonly busyMs: number; readonly atMs: number },
): void {
  const before = busy.get(session);
  if (!before) return void busy.set(session, { atMs, ratio: 0 });
  const passedMs = atMs - before.atMs;
  // an answer to a probe, beside a heartbeat
  if (passedMs <= 0) return;
  const now = Math.min(1, sane(busyMs) / passedMs);
  const weight = 1 - Math.exp(-passedMs / AVERAGED_MS);
  busy.set(session, { atMs, ratio: before.ratio + weight * (now - before.ratio) });
}

/** Mean over the workers; 0 where there are none. */
export function busyRatio(busy: BusyShare, sessions: readonly WorkerSession[]): number {
  const sum = sessions.reduce((total, session) => total + (busy.get(session)?.ratio ?? 0), 0);
  return sessions.length === 0 ? 0 : sum / sessions.length;
}
