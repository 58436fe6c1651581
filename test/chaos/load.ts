/**
 * Clients that go on submitting while things break. Every job is exact, so every result has one
 * right answer: that of the plain loop, computed here.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { localJob, openLocalModel, type LocalModel } from '../../cli/bench/local-job.ts';
import { Client, type SubmitRequest } from '../../cli/client.ts';
import type { Random } from '../sim/random.ts';

const MODEL = 'mixture6';
/** Different noise enough, and few enough answers to compute. */
const SEEDS = 3;
/** A busy machine, with a coordinator that dies every few seconds, may not answer for long. */
const OUTAGE_MS = 300_000;

export type Shape = Omit<SubmitRequest, 'model' | 'seed'>;

/** Every way in which a job can go on, or start over. */
export const shapes: readonly (Shape & { readonly steps: number; readonly often: number })[] = [
  { solver: 'ddim', steps: 20, method: 'secant', often: 4 },
  { solver: 'ddpm', steps: 50, method: 'secant', blocks: 3, samples: 2, often: 2 },
  { solver: 'ddpm', steps: 1000, method: 'sequential', samples: 64, often: 2 },
  { solver: 'ddpm', steps: 400, method: 'secant', window: 60, blocks: 4, samples: 16, often: 3 },
  { solver: 'ddim', steps: 300, method: 'picard', window: 60, samples: 16, often: 1 },
  { solver: 'ddim', steps: 200, method: 'parataa', window: 40, blocks: 2, samples: 8, often: 1 },
  { solver: 'ddim', steps: 400, method: 'parareal', samples: 16, often: 1 },
  { solver: 'ddpm', steps: 600, method: 'auto', samples: 48, often: 2 },
  // its latents are files, not rows of the store
  { solver: 'ddpm', steps: 200, method: 'sequential', samples: 300, often: 4 },
  { solver: 'ddpm', steps: 200, method: 'secant', compareSequential: true, samples: 24, often: 1 },
  { solver: 'ddim', steps: 60, method: 'secant', certify: true, samples: 4, often: 1 },
];

export interface Load {
  /** Jobs that the coordinator has accepted, by key. */
  readonly accepted: ReadonlyMap<string, string>;
  readonly wrong: readonly string[];
  readonly repeated: number;
  readonly compared: number;
  /** Jobs that were running when they were last heard of. */
  running(): number;
  /** Submits no more, and waits for what there is. */
  finish(): Promise<void>;
}

export interface LoadOptions {
  readonly coordinator: string;
  readonly clients: number;
  readonly random: Random;
}

interface Run extends LoadOptions {
  readonly accepted: Map<string, string>;
  readonly live: Map<string, string>;
  readonly wrong: string[];
  readonly answers: Map<string, Promise<Float32Array>>;
  readonly local: LocalModel;
  repeated: number;
  compared: number;
  stopping: boolean;
}

export async function startLoad(options: LoadOptions): Promise<Load> {
  const run: Run = {
    ...options,
    accepted: new Map(),
    live: new Map(),
    wrong: [],
    answers: new Map(),
    local: await openLocalModel(MODEL, 1),
    repeated: 0,
    compared: 0,
    stopping: false,
  };
  // before anything runs: the machine is for the cluster afterwards
  for (const shape of shapes)
    for (let seed = 0; seed < SEEDS; seed++) await answer(run, shape, seed);
  const clients = Array.from({ length: options.clients }, (_, k) => client(run, k));
  return {
    accepted: run.accepted,
    wrong: run.wrong,
    get repeated() {
      return run.repeated;
    },
    get compared() {
      return run.compared;
    },
    running: () => [...run.live.values()].filter((state) => state === 'running').length,
    async finish() {
      run.stopping = true;
      await Promise.all(clients);
      await run.local.close();
    },
  };
}

async function client(run: Run, number: number): Promise<void> {
  const { coordinator, random } = run;
  const own = new Client({ coordinator, timeoutMs: OUTAGE_MS, outageMs: OUTAGE_MS });
  try {
    for (let k = 0; !run.stopping; k++) {
      const shape = draw(random);
      const seed = Math.floor(random.between(0, SEEDS));
      await oneJob(run, own, { shape, seed, key: `client-${number}-${k}` });
      await sleep(random.between(0, 100));
    }
  } catch (error) {
    run.wrong.push(`client ${number}: ${String(error)}`);
  } finally {
    own.close();
  }
}

function draw(random: Random): Shape & { readonly steps: number } {
  const all = shapes.flatMap(({ often, ...shape }) => Array.from({ length: often }, () => shape));
  return all[Math.floor(random.between(0, all.length))] ?? { solver: 'ddim', steps: 20 };
}

interface Asked {
  readonly shape: Shape & { readonly steps: number };
  readonly seed: number;
  readonly key: string;
}

async function oneJob(run: Run, own: Client, { shape, seed, key }: Asked): Promise<void> {
  const request = { model: MODEL, seed, tolerance: 0, ...shape, idempotencyKey: key };
  const { job } = await own.submit(request);
  run.accepted.set(key, job);
  if (run.random.between(0, 1) < 0.2) {
    run.repeated++;
    const again = await own.submit(request);
    if (again.job !== job) run.wrong.push(`${key}: job ${job}, and again job ${again.job}`);
  }
  for await (const { status } of own.watch(job)) {
    run.live.set(job, status.state);
    if (status.state === 'failed') run.wrong.push(`${key}: ${job} failed: ${status.message}`);
  }
  run.live.delete(job);
  const { samples } = await own.result(job);
  const expected = await answer(run, shape, seed);
  run.compared++;
  if (!samples.every((value, k) => Object.is(value, expected[k]))) {
    run.wrong.push(`${key}: ${job} has other bits than the sequential sampler`);
  }
}

/** Of the plain loop. */
function answer(run: Run, shape: Shape & { readonly steps: number }, seed: number) {
  const { solver, steps, samples = 1 } = shape;
  const name = [solver, steps, samples, seed].join(' ');
  const known = run.answers.get(name);
  if (known) return known;
  const made = localJob(run.local, { solver, steps, samples, seed }).then((job) => job.reference());
  run.answers.set(name, made);
  return made;
}
