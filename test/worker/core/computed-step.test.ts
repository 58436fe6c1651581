/** Steps that a worker sends along, and that another one computes again from the same state. */
import { setImmediate as breathe } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import type { ComputedStep, FromBlock, ToBlock } from '../../../shared/kernel/block-messages.ts';
import { noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import type { MethodName } from '../../../shared/numerics/solver/method.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { specOf } from '../../support/job-spec.ts';
import { mixtureJob } from '../../support/mixture-job.ts';

const seed = 3;
const steps = 12;
const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 1 };
const methods: readonly MethodName[] = ['sequential', 'picard', 'picard-eps', 'secant'];

type Job = ReturnType<typeof mixtureJob>;

function jobOf(method: MethodName, solver: 'ddim' | 'ddpm', tolerance: number): Job {
  return mixtureJob({ solver, steps, method, samples: 2, seed, window: 5, tolerance });
}

/** What a fresh worker says to these orders. */
async function answersTo({ problem }: Job, orders: readonly ToBlock[]): Promise<FromBlock[]> {
  const sent: FromBlock[] = [];
  const runtime = createBlockRuntime({
    openDenoiser: async () => problem.denoiser,
    send: (message) => void sent.push(message),
    now: () => performance.now(),
    breathe: () => breathe(),
  });
  runtime.handle({ kind: 'openJob', spec: specOf(problem, seed) });
  for (const order of orders) runtime.handle(order);
  while (!sent.some(({ kind }) => kind !== 'progress')) await breathe();
  return sent;
}

interface Wanted {
  readonly stepEvery: number;
  readonly wantsLastStep?: boolean;
  /** The rows of the block end there. */
  readonly end?: number;
}

/** From a worker that runs the rows from 0 on alone. */
async function advanced(job: Job, { end = steps, ...wanted }: Wanted): Promise<FromBlock[]> {
  const frontier = Int32Array.of(0, 0);
  const told = { errors: noErrors(2), restarts: 0, roundsMax: 100, previews: false };
  return answersTo(job, [
    { kind: 'assignBlock', fence, begin: 0, end },
    { kind: 'advance', fence, frontier, ...told, ...wanted },
  ]);
}

async function stepsOf(job: Job, wanted: Wanted): Promise<ComputedStep[]> {
  const answers = await advanced(job, wanted);
  return answers.flatMap((answer) => ('progress' in answer && answer.progress.step) || []);
}

/** As the coordinator asks for it in a spot check. */
async function vote(
  job: Job,
  { row, from }: Pick<ComputedStep, 'row' | 'from'>,
): Promise<Float32Array | undefined> {
  const frontier = Int32Array.of(row, row);
  const [answer] = await answersTo(job, [
    { kind: 'assignBlock', fence, begin: row, end: row + 1, left: from, single: true },
    { kind: 'sweep', fence, frontier, windowEnd: row + 1, wantsDenoised: false },
  ]);
  return answer?.kind === 'swept' ? answer.offset : undefined;
}

describe.each(methods)('a step of %s', (method) => {
  it.each(['ddim', 'ddpm'] as const)(
    '(%s) is the same on another worker, bit for bit',
    async (solver) => {
      for (const tolerance of [0, 0.01]) {
        const job = jobOf(method, solver, tolerance);
        const { dim } = job.problem;
        const computed = await stepsOf(job, { stepEvery: 1 });
        expect(computed.length).toBeGreaterThan(2);
        for (const step of computed) {
          const again = await vote(job, step);
          expect(step.samples.length).toBeGreaterThan(0);
          for (const m of step.samples) {
            const [at, end] = [m * dim, (m + 1) * dim];
            expect(step.to.slice(at, end)).toEqual(again?.slice(at, end));
          }
        }
      }
    },
  );

  it('is in the trajectory, where nothing is left out', async () => {
    const job = jobOf(method, 'ddpm', 0);
    const { dim, initial } = job.problem;
    const rows = [initial, ...(await job.reference())];
    for (const { row, samples, from, to } of await stepsOf(job, { stepEvery: 1 })) {
      for (const m of samples) {
        const own = (latents: Float32Array | undefined) => latents?.slice(m * dim, (m + 1) * dim);
        expect(own(from)).toEqual(own(rows[row]));
        expect(own(to)).toEqual(own(rows[row + 1]));
      }
    }
  });

  it('comes from a sweep of several blocks as well, where it is asked for', async () => {
    const job = jobOf(method, 'ddpm', 0);
    const [first] = await stepsOf(job, { stepEvery: 1 });
    const sweep = { kind: 'sweep', fence, windowEnd: 5, wantsDenoised: false } as const;
    const asked = (frontier: Int32Array): Promise<FromBlock[]> =>
      answersTo(job, [
        { kind: 'assignBlock', fence, begin: 0, end: 3 },
        { ...sweep, frontier, wantsStep: true },
      ]);
    expect(await asked(Int32Array.of(0, 0))).toMatchObject([{ step: first }]);
  });
});

it('comes with none of the steps where nobody wants any', async () => {
  expect(await stepsOf(jobOf('secant', 'ddpm', 0), { stepEvery: 0 })).toEqual([]);
  const few = await stepsOf(jobOf('sequential', 'ddpm', 0), { stepEvery: 4 });
  expect(few.length).toBeLessThan(steps / 2);
});

it('comes with the last round of a job where that is wanted, whatever is picked', async () => {
  const job = jobOf('sequential', 'ddpm', 0);
  const wanted = { stepEvery: 0, wantsLastStep: true };
  const [last, ...others] = await stepsOf(job, wanted);
  expect(last).toMatchObject({ row: steps - 1, samples: [0, 1] });
  expect(others).toEqual([]);
  const [window] = await stepsOf(jobOf('secant', 'ddpm', 0.01), wanted);
  expect(window?.row).toBeLessThan(steps);
  expect(await stepsOf(job, { ...wanted, end: steps - 2 })).toEqual([]);
});

it('is in the reply that ends the job, where it stands for a vote', async () => {
  const job = jobOf('sequential', 'ddpm', 0);
  const answers = await advanced(job, { stepEvery: 1, wantsLastStep: true });
  const rows = answers.map((one) => ('progress' in one ? [one.kind, one.progress.step?.row] : []));
  const before = Array.from({ length: steps - 1 }, (_, row) => ['progress', row]);
  expect(rows).toEqual([...before, ['advanced', steps - 1]]);
});

it.each(['parataa', 'parareal'] as const)('is the plain one for %s', async (method) => {
  const job = jobOf(method, 'ddpm', 0);
  const rows = [job.problem.initial, ...(await job.reference())];
  for (const row of [0, 4, steps - 1]) {
    const from = rows[row] ?? new Float32Array();
    expect(await vote(job, { row, from })).toEqual(rows[row + 1]);
  }
});

it('is not there for methods that correct their rows', async () => {
  expect(await stepsOf(jobOf('parataa', 'ddpm', 0), { stepEvery: 1, wantsLastStep: true })).toEqual(
    [],
  );
});
