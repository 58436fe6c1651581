/**
 * A worker has computed wrong numbers. It is out, and every job that runs and has numbers of it
 * begins again: nobody knows since when they are wrong.
 */
import { noChecks, VOTE_ROUND } from './checks.ts';
import { forgetRounds } from './forget-rounds.ts';
import { beginPipeline } from './pipeline.ts';
import { beginRounds } from './rounds.ts';
import type { JobState } from './state.ts';
import { editJob, fenceOf, planOf, type Step, tellToForget } from './step.ts';
import { quarantineWorker } from './trust.ts';

interface Convicted {
  readonly worker: string;
  readonly name: string;
}

export function convict(step: Step, { worker, name }: Convicted, why: string): void {
  const touched = step.running.filter((id) => step.jobs.get(id)?.checks.hands.includes(name));
  // first, so that none of them ends because the worker goes
  for (const id of touched) forget(step, editJob(step, id));
  const known = [...step.workers.values()].filter(
    (one) => one.id === worker || (one.name ?? one.id) === name,
  );
  for (const { id } of known) quarantineWorker(step, id, why);
  for (const id of touched) {
    const job = editJob(step, id);
    if (job.phase !== 'running') continue;
    step.commands.push({ kind: 'notify', job: id });
    if (planOf(job).method === 'parareal') beginPipeline(step, job);
    else beginRounds(step, job);
  }
}

function forget(step: Step, job: JobState): void {
  const { checks } = job;
  for (const { index, votes } of checks.open) {
    for (const { worker, attempt, state } of votes) {
      if (state) continue;
      tellToForget(step, { worker }, fenceOf(step, job, { index, attempt, round: VOTE_ROUND }));
    }
  }
  const { begun, made, opened } = checks;
  const startedOver = checks.startedOver + 1;
  job.checks = { ...noChecks, begun, made, opened, startedOver };
  forgetRounds(step, job);
  job.outcome = undefined;
  job.result = undefined;
  job.tornRow = 0;
  // the rounds so far were for nothing, and are nobody's fault
  job.roundsLost = Math.max(job.roundsLost, job.tally.rounds);
}
