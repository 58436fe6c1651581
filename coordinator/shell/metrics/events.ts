/** Metrics that count what happens: a few additions for each reply of a worker. */
import type { WorkCost } from '../../../shared/kernel/block-messages.ts';
import { isErrorCode } from '../../../shared/protocol/errors.ts';
import { costOf } from '../block-cost.ts';
import type { EngineObserver, Happening, ObservedReply } from '../observer.ts';
import type { Instruments } from './instruments.ts';

/** Rounds of one message whose times are told apart: a worker alone reports many at once. */
const ROUNDS_TIMED_MAX = 64;

export function countEvents(instruments: Instruments): EngineObserver {
  /** When the last round of a running job ended. */
  const lastRound = new Map<string, number>();
  return {
    happened: (happening) => countLosses(instruments, happening),
    replied: (reply) => countReply(instruments, reply, lastRound),
    ended(job) {
      lastRound.delete(job.id);
      if (job.whole !== undefined) return;
      const { phase: state, submittedMs, startedMs, endedMs } = job;
      // a job that was cancelled or refused while it waited never started
      if (startedMs < submittedMs) return;
      instruments.observe('queueSeconds', (startedMs - submittedMs) / 1000);
      instruments.observe('jobSeconds', (endedMs - startedMs) / 1000, { state });
    },
  };
}

function countLosses(
  instruments: Instruments,
  { event, before, after, commands }: Happening,
): void {
  // one that was dropped has left the state before its stream ends
  if (event.kind === 'workerLost' && before.workers.get(event.worker)?.draining === false) {
    instruments.add('workersLost', 1);
  }
  for (const { kind } of commands) if (kind === 'dropWorker') instruments.add('workersLost', 1);
  if (before.trust === after.trust) return;
  for (const [name, { times }] of after.trust) {
    if (times > (before.trust.get(name)?.times ?? 0)) instruments.add('quarantines', 1);
  }
}

function countReply(
  instruments: Instruments,
  { message, startedMs, endedMs, before, job, stale }: ObservedReply,
  lastRound: Map<string, number>,
): void {
  instruments.add('coordinatorSeconds', (endedMs - startedMs) / 1000);
  const cost = costOf(message);
  if (cost) countCost(instruments, cost);
  if (message.kind === 'blockFailed') instruments.add('blocksFailed', 1, codeOf(message.code));
  if (stale || !before || !job) return;
  const rounds = job.tally.rounds - before.tally.rounds;
  const restarts = job.restarts - before.restarts;
  if (restarts > 0) instruments.add('roundRestarts', restarts);
  if (rounds <= 0) return;
  instruments.add('rounds', rounds);
  const each = (startedMs - (lastRound.get(job.id) ?? job.startedMs)) / 1000 / rounds;
  lastRound.set(job.id, startedMs);
  const timed = Math.min(rounds, ROUNDS_TIMED_MAX);
  for (let k = 0; k < timed; k++) instruments.observe('roundSeconds', each);
}

function countCost(instruments: Instruments, cost: WorkCost): void {
  const { modelCalls, forwardPasses, modelMs, queueMs, scanMs } = cost;
  instruments.add('modelCalls', modelCalls);
  instruments.add('forwardPasses', forwardPasses);
  instruments.add('modelSeconds', Math.max(0, modelMs) / 1000);
  instruments.add('modelQueueSeconds', Math.max(0, queueMs) / 1000);
  instruments.add('scanSeconds', Math.max(0, scanMs) / 1000);
}

/** Codes come from workers: what is none of ours does not become a label. */
function codeOf(found: string): { code: string } {
  return { code: isErrorCode(found) ? found : 'OTHER' };
}
