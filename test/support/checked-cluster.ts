/** The core, and jobs of one block and eight steps whose workers say what a test makes them say. */
import { noErrors } from '../../shared/numerics/solver/error-bound.ts';
import { assert } from '../../shared/kernel/assert.ts';
import type { Command, CommandOf } from '../../coordinator/core/command.ts';
import type { Reply, StepHandles, UntimedEvent } from '../../coordinator/core/event.ts';
import { checkTransition } from '../../coordinator/core/invariants.ts';
import { initialState, type JobState } from '../../coordinator/core/state.ts';
import { transition } from '../../coordinator/core/transition.ts';
import { mixtureModel as model, planOf } from './job-spec.ts';
import { mixtureJob } from './mixture-job.ts';

const STEPS = 8;
const calls = { modelCalls: 1, forwardPasses: 1, microBatches: 1 };
const cost = { ...calls, modelMs: 0, queueMs: 0, scanMs: 0 };
const errors = noErrors(1);
const residuals = { round: 1, firstStep: 0, codes: new Uint8Array(1), frontier: 0 };

/** Workers w1, w2, ... that are called a, b, ... */
export function checkedCluster(workers: number, every = 256) {
  const limits = { epoch: 1, leaseMs: 1e9, jobsRunningMax: 4, spotCheckEvery: every };
  let state = initialState({ ...limits, checkpointMs: 0 });
  let atMs = 0;
  const told: Command[] = [];
  const happen = (event: UntimedEvent, afterMs = 1): void => {
    atMs += afterMs;
    const next = transition(state, { ...event, atMs });
    checkTransition(state, next.state, next.commands);
    state = next.state;
    told.push(...next.commands);
  };
  for (let k = 0; k < workers; k++) {
    const [worker, name] = [`w${k + 1}`, 'abcdefgh'.charAt(k)];
    happen({ kind: 'workerAttached', worker, name, models: [model] });
  }
  const { problem } = mixtureJob({ solver: 'ddim', steps: STEPS, method: 'sequential', window: 1 });
  const plan = planOf(problem, 1);
  const job = (id = 'j') => state.jobs.get(id);
  const reply = (worker: string, said: Reply): void =>
    happen({ kind: 'blockReplied', worker, reply: said });
  const holder = (id: string): string => job(id)?.blocks[0]?.worker ?? '';
  return {
    happen,
    job,
    check: (id = 'j') => job(id)?.checks.open[0],
    commands: <Kind extends Command['kind']>(kind: Kind) =>
      told.filter((one): one is CommandOf<Kind> => one.kind === kind),
    submit: (id = 'j'): void =>
      happen({ kind: 'jobSubmitted', job: id, model: model.name, plan, after: undefined }),
    /** Rows up to this one are frozen; one of them came along, and maybe a step to check. */
    progress: (frontier: number, id = 'j', step?: number): void =>
      reply(holder(id), progressReply(job(id), frontier, step)),
    /** The last row is frozen, maybe with a step to check; returns who ran it. */
    finish: (id = 'j', step?: number): string => {
      const runner = holder(id);
      reply(runner, finalReply(job(id), step));
      return runner;
    },
    /** It says what x[row + 1] is. */
    vote: (worker: string, id = 'j'): void => reply(worker, voteReply(job(id), worker)),
    compared: (agrees: readonly number[], id = 'j'): void => {
      const { index = 0, compared = '' } = job(id)?.checks.open[0] ?? {};
      const found = { compared, agrees, difference: 1e-4, allowed: 1e-7 };
      happen({ kind: 'statesCompared', job: id, check: index, ...found });
    },
  };
}

function advancement(job: JobState | undefined, frontier: number) {
  const block = job?.blocks[0];
  assert(block, 'the job holds no block');
  const { attempt, round, index } = block;
  const fence = { job: job.id, block: index, epoch: 1, attempt, round };
  const rounds = [{ ...residuals, round: job.tally.rounds + 1, frontier }];
  return { fence, progress: { rounds, frontier: Int32Array.of(frontier), updateNorm: 0, cost } };
}

function progressReply(job: JobState | undefined, frontier: number, row?: number): Reply {
  const { fence, progress } = advancement(job, frontier);
  const frozenRow = { row: frontier, state: { id: 'frozen' }, errors };
  return { kind: 'progress', fence, progress: { ...progress, frozenRow, step: stepOf(row) } };
}

function stepOf(row: number | undefined): StepHandles | undefined {
  return row === undefined
    ? undefined
    : { row, samples: [0], from: { id: 'from' }, to: { id: 'to' } };
}

function finalReply(job: JobState | undefined, row?: number): Reply {
  const edge = { row: STEPS, state: { id: 'sample' }, denoised: undefined };
  const ended = { rounds: 1, errors, errorEstimate: 0, distrusted: false, edge };
  const { fence, progress } = advancement(job, STEPS);
  return { kind: 'advanced', fence, progress: { ...progress, step: stepOf(row) }, ...ended };
}

function voteReply(job: JobState | undefined, worker: string): Reply {
  const { index = 0, votes = [] } = job?.checks.open[0] ?? {};
  const { attempt = 0 } = votes.find((one) => one.worker === worker) ?? {};
  const fence = { job: job?.id ?? '', block: index, epoch: 1, attempt, round: 1 };
  const said = { row: 1, offset: { id: worker }, slope: new Float64Array(1), denoised: undefined };
  return { kind: 'swept', fence, ...said, cost, residuals };
}
