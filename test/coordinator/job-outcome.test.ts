import { expect, it } from 'vitest';
import { noChecks } from '../../coordinator/core/checks.ts';
import { emptyTally, type JobState } from '../../coordinator/core/state.ts';
import { outcomeOf } from '../../coordinator/shell/job-outcome.ts';
import type { JobRecord } from '../../coordinator/shell/job-record.ts';

const tally = { ...emptyTally, rounds: 20, modelCalls: 160, modelMs: 300, queueMs: 5 };
const job = {
  id: 'j',
  phase: 'done',
  outcome: 'converged',
  tally,
  startedMs: 100,
  settledMs: 500,
  endedMs: 510,
  resumedFrom: 0,
  checks: noChecks,
  plan: {},
} as unknown as JobState;

function recordOf(workers: number, spec: object = { stop: 'final' }): JobRecord {
  const planned = { plan: { setting: { workers: Array.from({ length: workers }, () => ({})) } } };
  const resolved = { spec, planned };
  return { id: 'j', resolved, workersUsed: new Set(['w1', 'w2']) } as unknown as JobRecord;
}

function outcome(
  changes: Partial<JobState> = {},
  others: Partial<JobState>[] = [],
  busyUntilMs = 0,
) {
  const jobs = [{ ...job, ...changes }, ...others.map((other) => ({ ...job, ...other }))];
  return outcomeOf(new Map(jobs.map((one) => [one.id, one])), recordOf(2), busyUntilMs);
}

it('is what the rounds, the model and the rest took', () => {
  const expected = { rounds: 20, modelCalls: 160, wallMs: 400, modelMs: 305 };
  expect(outcome()).toEqual(expected);
});

it.each<[string, Partial<JobState>]>([
  ['failed', { phase: 'failed' }],
  ['gave up', { outcome: 'roundsExhausted' }],
  ['went on from an earlier process', { resumedFrom: 3 }],
  ['went on without a late block', { tally: { ...tally, staleRounds: 1 } }],
  ['began again without a worker', { checks: { ...noChecks, startedOver: 1 } }],
])('is nothing of a job that %s', (_what, changes) => {
  expect(outcome(changes)).toBeUndefined();
});

it('is nothing of a job on other workers than planned, or one that stops otherwise', () => {
  const jobs = new Map([['j', job]]);
  expect(outcomeOf(jobs, recordOf(3), 0)).toBeUndefined();
  expect(outcomeOf(jobs, recordOf(2, { stop: 'paradigms' }), 0)).toBeUndefined();
  expect(outcomeOf(jobs, recordOf(2), 0)).toBeDefined();
});

it.each<[string, Partial<JobState>, boolean]>([
  ['ran before', { startedMs: 10, endedMs: 90 }, true],
  ['ended inside', { startedMs: 10, endedMs: 200 }, false],
  ['still runs', { startedMs: 300, endedMs: 0, phase: 'running' }, false],
  ['waits', { startedMs: 0, endedMs: 0, phase: 'queued' }, true],
  ['is a part of it', { startedMs: 100, endedMs: 510, whole: 'j' }, true],
])('beside a job that %s', (_what, other, says) => {
  expect(outcome({}, [{ id: 'other', ...other }]) !== undefined).toBe(says);
});

it('is nothing of a job that began while one ran that is forgotten', () => {
  expect(outcome({}, [], 101)).toBeUndefined();
  expect(outcome({}, [], 99)).toBeDefined();
});
