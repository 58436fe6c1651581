/** What every worker did in the last minute, from the events of `/v1/activity`. */
import { isRecord, readAs, readList } from '../api/read-as.ts';

const example = { worker: '', name: '', job: '', block: 0, rows: 0, startMs: 0, endMs: 0 };

/** A worker swept a block, on the coordinator's clock. */
export type Sweep = Readonly<typeof example>;

export interface Activity {
  /** By start. */
  readonly sweeps: readonly Sweep[];
  /** The coordinator's clock less this page's, in milliseconds. */
  readonly offsetMs: number;
}

export const noActivity: Activity = { sweeps: [], offsetMs: 0 };

export const SHOWN_MS = 60_000;
/** A minute of many workers that are busy with tiny models. */
const SWEEPS_MAX = 20_000;

/** With an event's sweeps, without those that have left the picture. */
export function withActivity(known: Activity, event: unknown, hereMs: number): Activity {
  const news = isRecord(event) ? event['intervals'] : undefined;
  const { nowMs } = readAs({ nowMs: hereMs + known.offsetMs }, event);
  const sweeps = [...known.sweeps, ...readList(example, news)]
    .filter(({ endMs }) => endMs > nowMs - SHOWN_MS)
    .sort((a, b) => a.startMs - b.startMs)
    .slice(-SWEEPS_MAX);
  return { sweeps, offsetMs: nowMs - hereMs };
}

export interface Lane {
  readonly name: string;
  readonly sweeps: readonly Sweep[];
  /** Share of the shown time in which it swept. */
  readonly busy: number;
}

/** One per worker, also for those that did nothing. */
export function lanesOf(activity: Activity, names: readonly string[], nowMs: number): Lane[] {
  const all = new Set([...names, ...activity.sweeps.map(({ name }) => name)]);
  return [...all].map((name) => {
    const sweeps = activity.sweeps.filter((sweep) => sweep.name === name);
    return { name, sweeps, busy: covered(sweeps, nowMs - SHOWN_MS, nowMs) / SHOWN_MS };
  });
}

/** Milliseconds in which at least one was going on: blocks of one worker overlap. */
function covered(sweeps: readonly Sweep[], fromMs: number, toMs: number): number {
  let sum = 0;
  let until = fromMs;
  for (const { startMs, endMs } of sweeps) {
    const begin = Math.max(startMs, until);
    const end = Math.min(endMs, toMs);
    if (end > begin) sum += end - begin;
    until = Math.max(until, end);
  }
  return sum;
}
