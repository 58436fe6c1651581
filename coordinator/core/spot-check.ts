/**
 * Spot checks: a step of a job is computed by several workers from the same state, and who is in
 * the minority has computed wrong numbers. A vote is a block of one step that no list of blocks
 * has: AssignBlock with x[row], one Sweep, and its offset is x[row + 1], bit for bit what any block
 * makes of that row.
 *
 *   asked -> voted -> compared -> agreed                  the check is made
 *                              -> more than half agree    the others are out (`convict.ts`)
 *                              -> nobody knows            one more is asked, or the job fails
 *
 * A worker that computes wrong numbers and goes on to do so is found by the check that comes after
 * its last rows: before a job is done, all who had a hand in it compute one of its steps. Where
 * that is one alone, its last reply brings the step that it computed last, and the vote of another
 * one is all that is missing. The job itself waits for nothing else.
 */
import { eligibleWorkers, openForCheck } from './blocks.ts';
import {
  drop,
  FIRST_CHECK,
  isCheck,
  type SpotCheck,
  type SpotCheckFrom,
  type Vote,
  VOTE_ROUND,
} from './checks.ts';
import { convict } from './convict.ts';
import type { Event, Reply, StepHandles } from './event.ts';
import { endSettled, failJob } from './job-end.ts';
import type { JobState, WorkerState } from './state.ts';
import { isOnlyHand } from './step-picks.ts';
import { editJob, fenceOf, planOf, type Step, tell, tellToForget } from './step.ts';

/** So long a job waits for a vote: it is one row. */
const PATIENCE_MS = 10_000;

/** Its numbers are in the rows of the job now. */
export function noteHand(step: Step, job: JobState, worker: string): void {
  const name = nameOf(step.workers.get(worker), worker);
  const { hands } = job.checks;
  if (step.spotCheckEvery === 0 || hands.includes(name)) return;
  job.checks = { ...job.checks, hands: [...hands, name] };
}

function nameOf(worker: WorkerState | undefined, id: string): string {
  return worker?.name ?? id;
}

/** The vote that is waited for and that the reply is, or says will not come. */
export function voteOf({ jobs, epoch }: Step, worker: string, reply: Reply): Vote | undefined {
  const { fence } = reply;
  if (!isCheck(fence) || fence.epoch !== epoch) return undefined;
  if (reply.kind !== 'swept' && reply.kind !== 'blockFailed') return undefined;
  const { phase, checks } = jobs.get(fence.job) ?? {};
  if (phase !== 'running') return undefined;
  const check = checks?.open.find(({ index }) => index === fence.block);
  return check?.votes.find(
    (vote) => vote.worker === worker && vote.attempt === fence.attempt && !vote.state,
  );
}

export function onVote(step: Step, worker: string, reply: Reply): void {
  const { fence } = reply;
  const job = editJob(step, fence.job);
  const check = job.checks.open.find(({ index }) => index === fence.block);
  const own = check?.votes.find(({ attempt }) => attempt === fence.attempt);
  if (!check || !own) return;
  tellToForget(step, { worker }, fence);
  const state = reply.kind === 'swept' ? reply.offset : undefined;
  const others = check.votes.filter((vote) => vote !== own);
  if (!state) return replace(job, { ...check, votes: others, compared: '' }, [own]);
  // in the order in which they were asked, whoever was first
  const votes = check.votes.map((vote) => (vote === own ? { ...own, state } : vote));
  replace(job, { ...check, votes });
}

function replace(job: JobState, check: SpotCheck, lost: readonly Vote[] = []): void {
  const { checks } = job;
  const open = checks.open.map((other) => (other.index === check.index ? check : other));
  job.checks = drop({ ...checks, open }, check.isLast ? lost : []);
}

/** What follows for the checks of all jobs that this transition has changed. */
export function judgeChecks(step: Step): void {
  for (const id of [...step.edited]) {
    if (step.jobs.get(id)?.phase !== 'running') continue;
    const job = editJob(step, id);
    const { due } = job.checks;
    if (due) callAll(step, job, due);
    for (const check of job.checks.open) goOn(step, job, check);
    endSettled(step, job);
  }
}

/** Everybody whose numbers the job rests on, and one more where that is one alone. */
function callAll(step: Step, job: JobState, from: SpotCheckFrom): void {
  const { hands } = job.checks;
  const all = [...step.workers.values()];
  const here = all.filter(({ name, id, models }) => {
    const { model, modelSha256 } = planOf(job);
    const able = models.some((own) => own.name === model && own.sha256 === modelSha256);
    return able && hands.includes(name ?? id);
  });
  const names = new Set(here.map(({ name, id }) => name ?? id));
  const gone = hands.filter((name) => !names.has(name)).map((name) => ({ name }));
  const own = here.map(({ id }) => id);
  const another = eligibleWorkers(step, job).filter((id) => !own.includes(id));
  const asked = own.length > 1 ? own : [...own, ...another.slice(0, 2 - own.length)];
  const may = asked.length > 1 && own.length > 0;
  const alone = may ? [] : here.map(({ name, id }) => ({ name: name ?? id }));
  job.checks = drop({ ...job.checks, due: undefined }, [...gone, ...alone]);
  if (!may) return;
  const { index } = begin(step, job, { ...from, samples: allOf(job), isLast: true });
  for (const worker of asked) ask(step, job, index, worker);
}

function allOf(job: JobState): number[] {
  return Array.from({ length: planOf(job).samples }, (_, m) => m);
}

type Subject = Pick<SpotCheck, 'row' | 'left' | 'samples' | 'isLast'>;

function begin(step: Step, job: JobState, subject: Subject): SpotCheck {
  const index = FIRST_CHECK + job.checks.begun;
  const fresh = { index, votes: [], asked: [], sinceMs: step.atMs, compared: '' };
  const check = { ...subject, ...fresh };
  const open = [...job.checks.open, check];
  job.checks = { ...job.checks, open, begun: job.checks.begun + 1 };
  return check;
}

/**
 * A step that a worker has computed, for another one to compute again. Of a job that has ended with
 * it, it is the last of its worker.
 */
export function checkStep(step: Step, job: JobState, id: string, computed: StepHandles): void {
  const { row, samples, from, to } = computed;
  const worker = nameOf(step.workers.get(id), id);
  const known = samples.filter((m) => m < planOf(job).samples);
  if (row >= planOf(job).steps || known.length === 0) return;
  const isLast = job.checks.due !== undefined && isOnlyHand(step, job, id);
  const vote = { worker: id, name: worker, attempt: ++job.attempts, state: to };
  if (isLast) job.checks = { ...job.checks, due: undefined };
  const check = begin(step, job, { row, left: from, samples: known, isLast });
  replace(job, { ...check, votes: [vote], asked: [id] });
}

function ask(step: Step, job: JobState, index: number, worker: string): void {
  const check = job.checks.open.find((one) => one.index === index);
  if (!check) return;
  openForCheck(step, job, worker);
  const { row, left } = check;
  const { samples } = planOf(job);
  const attempt = ++job.attempts;
  const fence = fenceOf(step, job, { index, attempt, round: VOTE_ROUND });
  const rows = { begin: row, end: row + 1, left, denoised: undefined, given: false, single: true };
  tell(step, { worker }, { kind: 'assignBlock', fence, ...rows });
  const frontier = new Int32Array(samples).fill(row);
  const range = { frontier, windowEnd: row + 1, left: undefined, wantsDenoised: false };
  tell(step, { worker }, { kind: 'sweep', fence, ...range });
  const name = nameOf(step.workers.get(worker), worker);
  const votes = [...check.votes, { worker, name, attempt, state: undefined }];
  replace(job, { ...check, votes, asked: [...check.asked, worker], sinceMs: step.atMs });
}

function goOn(step: Step, job: JobState, { index }: SpotCheck): void {
  const check = job.checks.open.find((one) => one.index === index);
  if (!check || check.votes.some(({ state }) => !state)) return;
  const { votes, compared, row, samples } = check;
  if (votes.length < 2) {
    const [another] = others(step, job, check);
    if (another === undefined || votes.length === 0) close(job, check, { dropped: votes });
    else ask(step, job, index, another);
    return;
  }
  const now = keyOf(check);
  if (compared === now) return;
  replace(job, { ...check, compared: now });
  const states = votes.flatMap(({ state }) => state ?? []);
  const about = { job: job.id, check: index, step: row, samples, compared: now };
  step.commands.push({ kind: 'compareStates', ...about, states });
}

function keyOf({ votes }: SpotCheck): string {
  return votes.map(({ attempt }) => attempt).join(',');
}

/** Who can say something that was not asked yet. */
function others(step: Step, job: JobState, { asked, votes }: SpotCheck): readonly string[] {
  const names = new Set(votes.map(({ name }) => name));
  return eligibleWorkers(step, job).filter((id) => {
    const name = nameOf(step.workers.get(id), id);
    return !asked.includes(id) && !names.has(name);
  });
}

function close(
  job: JobState,
  check: SpotCheck,
  { made = 0, dropped = [] }: { readonly made?: number; readonly dropped?: readonly Vote[] },
): void {
  const { checks } = job;
  const still = checks.open.filter(({ index }) => index !== check.index);
  const lost = check.isLast ? dropped : [];
  job.checks = drop({ ...checks, open: still, made: checks.made + made }, lost);
}

type Comparison = Extract<Event, { kind: 'statesCompared' }>;

export function onCompared(step: Step, comparison: Comparison): void {
  const { job: id, compared, agrees } = comparison;
  if (step.jobs.get(id)?.phase !== 'running') return;
  const job = editJob(step, id);
  const check = job.checks.open.find(({ index }) => index === comparison.check);
  // somebody came or went since
  if (!check || check.compared !== compared || keyOf(check) !== compared) return;
  const { votes } = check;
  const sizeOf = (k: number): number => agrees.filter((group) => group === agrees[k]).length;
  const right = votes.filter((_, k) => 2 * sizeOf(k) > votes.length);
  if (right.length === votes.length) return close(job, check, { made: 1 });
  if (right.length < 2) return askAnother(step, job, check, comparison);
  close(job, check, { made: 1 });
  const wrong = votes.filter((vote) => !right.includes(vote));
  const who = right.map(({ name }) => name).join(' and ');
  const where = `step ${check.row} of job ${id}`;
  const why = `its ${where} is ${differenceOf(comparison)} from that of ${who}`;
  for (const { worker, name } of wrong) convict(step, { worker, name }, why);
}

function differenceOf({ difference, allowed }: Comparison): string {
  return `${difference.toExponential(1)} (RMS; at most ${allowed.toExponential(1)})`;
}

function askAnother(step: Step, job: JobState, check: SpotCheck, comparison: Comparison): void {
  const [another] = others(step, job, check);
  if (another !== undefined) return ask(step, job, check.index, another);
  const who = check.votes.map(({ name }) => name).join(' and ');
  const what = `${who} computed different numbers for step ${check.row}`;
  const advice = 'no other worker can say who is right: add one, and submit the job again';
  const message = `${what}: ${differenceOf(comparison)}; ${advice}`;
  failJob(step, job, { code: 'DISPUTED', message });
}

/** Whoever does not answer in time is not waited for. */
export function giveUpChecks(step: Step): void {
  for (const id of [...step.running]) {
    const { checks } = step.jobs.get(id) ?? {};
    const isLate = ({ sinceMs }: SpotCheck): boolean => step.atMs - sinceMs > PATIENCE_MS;
    const late = checks?.open.filter(isLate) ?? [];
    for (const check of late) giveUp(step, editJob(step, id), check);
  }
}

function giveUp(step: Step, job: JobState, check: SpotCheck): void {
  const votes = check.votes.filter(({ state }) => state);
  const missing = check.votes.filter(({ state }) => !state);
  if (missing.length === 0) return;
  for (const { worker, attempt } of missing) {
    const vote = { index: check.index, attempt, round: VOTE_ROUND };
    tellToForget(step, { worker }, fenceOf(step, job, vote));
  }
  if (votes.length < 2) close(job, check, { dropped: check.votes });
  else replace(job, { ...check, votes, compared: '' }, missing);
}
