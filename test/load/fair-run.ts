/**
 * Many jobs of several clients at once: one of them submits everything before the others begin.
 * Measured from outside, by what clients can ask: how long a submission takes, what the models
 * spent on whom while all had jobs waiting, how every job ended, and what the coordinator takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type JobStatus, type SubmitRequest } from '../../cli/client.ts';
import type { LoadCluster } from './cluster.ts';
import { growth, jainIndex, quantile, type Sample } from './figures.ts';

export interface FairRunOptions {
  readonly jobs: number;
  readonly clients: number;
  readonly request: SubmitRequest;
  /** Jobs of one step before anything is measured: a heap grows until it has seen some work. */
  readonly warmUp: number;
}

export interface FairRun {
  readonly submitted: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly seconds: number;
  readonly submitMs: { readonly p50: number; readonly p99: number; readonly most: number };
  /** Between checkpoints at which all clients had jobs waiting. */
  readonly jain: readonly number[];
  /** Model calls between the first and the last of them, by client. */
  readonly shares: readonly number[];
  /** From the end of the warm-up to the last job. */
  readonly memoryGrowthBytes: number;
  readonly memoryMostBytes: number;
}

const LOOK_MS = 200;
/** Jobs between two checkpoints, of all; a share is then a few jobs of each client. */
const CHECKPOINT_JOBS_EACH = 12;
/**
 * Once all is submitted, since lists are work for the coordinator too. They have the newest 1000 of
 * the jobs that have ended: beyond that shares cannot be added up.
 */
const COUNTED_JOBS = 950;
/** Memory is looked at from then on. */
const WARM_UP_PART = 0.25;

export async function fairRun(cluster: LoadCluster, options: FairRunOptions): Promise<FairRun> {
  const { jobs, clients: count } = options;
  const names = Array.from({ length: count }, (_, k) => `client-${k}`);
  const clients = names.map(() => new Client({ coordinator: cluster.address, timeoutMs: 120_000 }));
  try {
    const before = await warmedUp(clients, options);
    const started = performance.now();
    const watch = watchRun(cluster, { ...options, names, before });
    const submitMs = await submitAll(clients, names, options);
    watch.allSubmitted();
    const { checkpoints, samples, load } = await watch.ended;
    const flat = samples.filter(({ ended }) => ended >= WARM_UP_PART * jobs);
    const spans = checkpoints.slice(1).map((now, k) => difference(now, checkpoints[k] ?? []));
    return {
      submitted: load.submitted - before.submitted,
      done: load.done - before.done,
      failed: load.failed - before.failed,
      cancelled: load.cancelled - before.cancelled,
      seconds: (performance.now() - started) / 1000,
      submitMs: {
        p50: quantile(submitMs, 0.5),
        p99: quantile(submitMs, 0.99),
        most: Math.max(...submitMs),
      },
      jain: spans.map(jainIndex),
      shares: difference(checkpoints.at(-1) ?? [], checkpoints[0] ?? []),
      memoryGrowthBytes: growth(flat),
      memoryMostBytes: Math.max(...samples.map(({ bytes }) => bytes)),
    };
  } finally {
    for (const client of clients) client.close();
  }
}

type Load = Awaited<ReturnType<Client['load']>>;

async function warmedUp(clients: readonly Client[], options: FairRunOptions): Promise<Load> {
  const { warmUp, request } = options;
  const [client] = clients;
  if (!client) throw new Error('a run needs a client');
  for (let seed = 0; seed < warmUp; seed += clients.length) {
    const small = { ...request, steps: 1, client: 'warm-up' };
    await Promise.all(clients.map((one, k) => one.submit({ ...small, seed: seed + k })));
  }
  for (;;) {
    const load = await client.load();
    if (endedOf(load) === load.submitted) return load;
    await sleep(LOOK_MS);
  }
}

function difference(now: readonly number[], before: readonly number[]): number[] {
  return now.map((value, k) => value - (before[k] ?? 0));
}

/** The first client has submitted all of its jobs before the second begins. */
async function submitAll(
  clients: readonly Client[],
  names: readonly string[],
  { jobs, request }: FairRunOptions,
): Promise<number[]> {
  const submitMs: number[] = [];
  const submit = async (k: number): Promise<void> => {
    for (let seed = k; seed < jobs; seed += names.length) {
      const begun = performance.now();
      await clients[k]?.submit({ ...request, seed, client: names[k] });
      submitMs.push(performance.now() - begun);
    }
  };
  await submit(0);
  await Promise.all(names.slice(1).map((_, k) => submit(k + 1)));
  return submitMs;
}

interface Watched {
  readonly checkpoints: readonly (readonly number[])[];
  readonly samples: readonly (Sample & { readonly ended: number })[];
  readonly load: Load;
}

function watchRun(
  cluster: LoadCluster,
  { jobs, names, before }: FairRunOptions & { names: readonly string[]; before: Load },
): { allSubmitted(): void; readonly ended: Promise<Watched> } {
  let submitted = false;
  const run = async (): Promise<Watched> => {
    const client = new Client({ coordinator: cluster.address, timeoutMs: 120_000 });
    const checkpoints: number[][] = [];
    const samples: (Sample & { ended: number })[] = [];
    let next = 0;
    try {
      for (;;) {
        const load = await client.load();
        const ended = endedOf(load) - endedOf(before);
        samples.push({ atMs: performance.now(), bytes: await cluster.memory(), ended });
        if (submitted && ended === jobs) return { checkpoints, samples, load };
        const busy = load.clients.filter(({ waiting }) => waiting > 0).length === names.length;
        if (submitted && busy && ended >= next && ended <= COUNTED_JOBS) {
          checkpoints.push(await servedBy(client, names));
          next = ended + CHECKPOINT_JOBS_EACH * names.length;
        }
        await sleep(LOOK_MS);
      }
    } finally {
      client.close();
    }
  };
  return { allSubmitted: () => (submitted = true), ended: run() };
}

function endedOf({ done, failed, cancelled }: Load): number {
  return done + failed + cancelled;
}

/** Model calls so far, of jobs that run or have ended. */
async function servedBy(client: Client, names: readonly string[]): Promise<number[]> {
  const calls = (jobs: readonly JobStatus[]) =>
    jobs.reduce((sum, { modelCalls }) => sum + modelCalls, 0);
  const served: number[] = [];
  for (const name of names) served.push(calls(await client.jobs({ client: name })));
  return served;
}
