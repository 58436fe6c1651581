/**
 * Who still counts as alive. A lease runs on the coordinator's own clock from the last sign of
 * life, and stands still while the coordinator itself did not run: what workers said meanwhile
 * waits in its sockets. A worker whose heartbeats come and whose model shows no progress is asked
 * first, and given up when its answer says the same.
 */
import { failPoison, waitLonger } from './block-failure.ts';
import { loseWorker } from './membership.ts';
import type { WorkerState } from './state.ts';
import type { Step } from './step.ts';
import { strikeWorker } from './trust.ts';

/** The shell lets the core look at the time at least so often. */
export const TICK_MS = 500;
/** A timer is late by less on a busy machine, without anything having waited for long. */
const DRIFT_MS_MIN = 250;

/** @param progressAgeMs as a heartbeat says; a reply is progress itself */
export function seeWorker(step: Step, id: string, progressAgeMs = 0): void {
  const worker = step.workers.get(id);
  if (!worker) return;
  const now = { ...worker, lastSeenMs: step.atMs, progressAgeMs };
  step.workers.set(id, { ...now, probedMs: isStuck(now) ? worker.probedMs : undefined });
}

export function lookAtTime(step: Step): void {
  creditStall(step);
  expireLeases(step);
  doubtStuck(step);
  failPoison(step);
}

function creditStall(step: Step): void {
  const { atMs, lastTickMs } = step;
  const stalledMs = atMs - lastTickMs - TICK_MS;
  step.lastTickMs = atMs;
  if (stalledMs < DRIFT_MS_MIN) return;
  waitLonger(step, stalledMs);
  for (const [id, worker] of [...step.workers]) {
    step.workers.set(id, { ...worker, lastSeenMs: Math.min(atMs, worker.lastSeenMs + stalledMs) });
  }
}

/** Workers whose lease has run out count as lost. */
function expireLeases(step: Step): void {
  for (const { id, lastSeenMs } of [...step.workers.values()]) {
    if (step.atMs - lastSeenMs <= step.leaseMs) continue;
    giveUp(step, id, `nothing was heard of it for ${step.leaseMs} ms`);
  }
}

/** One model call may be long, so a worker is asked before it is given up. */
function doubtStuck(step: Step): void {
  for (const worker of [...step.workers.values()].filter(isStuck)) {
    const { id, probedMs, lastSeenMs, progressAgeMs = 0 } = worker;
    if (probedMs === undefined) {
      step.workers.set(id, { ...worker, probedMs: step.atMs });
      step.commands.push({ kind: 'probeWorker', worker: id });
    } else if (lastSeenMs > probedMs) {
      const seconds = Math.round(progressAgeMs / 1000);
      const why = `its model has shown no progress for ${seconds} s`;
      strikeWorker(step, id, why);
      giveUp(step, id, why);
    }
  }
}

function isStuck({ progressAgeMs = 0, hangMs = Infinity }: WorkerState): boolean {
  return progressAgeMs > hangMs;
}

function giveUp(step: Step, id: string, why: string): void {
  if (!step.workers.has(id)) return;
  loseWorker(step, id);
  step.commands.push({ kind: 'dropWorker', worker: id, why });
}
