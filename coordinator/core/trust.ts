/**
 * What is held against workers, by the name that they keep through registrations. Three strikes, or
 * one proven lie, and a worker is out for a while: its blocks go to others, and it is told why.
 * It comes back by registering again once the time is over; the next time is twice as long.
 */
import { loseWorker } from './membership.ts';
import type { Trust } from './suspicion.ts';
import { editJob, type Step } from './step.ts';

const STRIKES_MAX = 3;
const QUARANTINE_MS = { first: 60_000, most: 3_600_000 } as const;
/** Strikes are forgotten after as long without another one. */
const FORGET_MS = 3_600_000;
/** Names are chosen by workers: a bound on how many are remembered. */
const NAMES_MAX = 1_024;

const clean: Trust = { strikes: 0, times: 0, struckMs: 0, untilMs: 0, why: '' };

/** It did something that a sound worker does not, and that may have been chance. */
export function strikeWorker(step: Step, id: string, why: string): void {
  const worker = step.workers.get(id);
  if (!worker) return;
  const { name = id } = worker;
  const before = known(step, name);
  const strikes = before.strikes + 1;
  if (strikes >= STRIKES_MAX) return quarantineWorker(step, id, `${strikes} times: ${why}`);
  remember(step, name, { ...before, strikes, struckMs: step.atMs, why });
}

export function quarantineWorker(step: Step, id: string, why: string): void {
  const worker = step.workers.get(id);
  if (!worker) return;
  const { name = id } = worker;
  const { times } = known(step, name);
  let ms: number = QUARANTINE_MS.first;
  for (let k = 0; k < times && ms < QUARANTINE_MS.most; k++) ms *= 2;
  ms = Math.min(ms, QUARANTINE_MS.most);
  const untilMs = step.atMs + ms;
  remember(step, name, { strikes: 0, times: times + 1, struckMs: step.atMs, untilMs, why });
  loseWorker(step, id);
  const told = `quarantined for ${Math.round(ms / 1000)} s: ${why}`;
  step.commands.push({ kind: 'dropWorker', worker: id, why: told });
}

function known({ trust, atMs }: Step, name: string): Trust {
  const found = trust.get(name);
  return found && atMs - found.struckMs < FORGET_MS ? found : clean;
}

function remember(step: Step, name: string, now: Trust): void {
  const trust = new Map(step.trust);
  trust.delete(name);
  trust.set(name, now);
  const oldest = trust.keys().next();
  if (trust.size > NAMES_MAX && !oldest.done) trust.delete(oldest.value);
  step.trust = trust;
}

/** Rows froze at which a worker had found no finite value: it was the worker, not the model. */
export function judgeSuspects(step: Step): void {
  for (const id of [...step.edited]) {
    const { suspects = [], frontier } = step.jobs.get(id) ?? {};
    const cleared = suspects.filter(({ row, sample }) => (frontier?.[sample] ?? 0) > row);
    if (cleared.length === 0) continue;
    const job = editJob(step, id);
    job.suspects = suspects.filter((one) => !cleared.includes(one));
    for (const { worker, row, sample } of cleared) {
      const where = `at row ${row} of sample ${sample}`;
      quarantineWorker(step, worker, `it found no finite value ${where}, and another one did`);
    }
  }
}
