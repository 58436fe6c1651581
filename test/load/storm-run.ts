/** Jobs of which most are cancelled at some moment: waiting, starting, running or over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, isFinal, type JobStatus } from '../../cli/client.ts';
import { randomStream } from '../sim/random.ts';
import type { LoadCluster } from './cluster.ts';
import type { FairRunOptions } from './fair-run.ts';
import { quantile } from './figures.ts';

export interface StormRun {
  /** What the coordinator counted. */
  readonly load: { readonly done: number; readonly failed: number; readonly cancelled: number };
  /** Jobs whose watcher saw another final state than their status says at the end. */
  readonly twoEnds: readonly string[];
  /** Jobs whose state after their end was another one. */
  readonly revived: readonly string[];
  /** From asking to the answer; a running job is over with it. */
  readonly cancelMs: { readonly p50: number; readonly p99: number };
  /** What should be at zero, as far as it is not. */
  readonly left: Readonly<Record<string, number>>;
}

const CANCELLED_PART = 0.8;
const CANCEL_AFTER_MS = 1_500;
/** Every so many jobs has a watcher. */
const WATCHED = 10;
const QUIET_MS = 60_000;
const LOOK_MS = 200;

interface Storm {
  readonly clients: readonly Client[];
  readonly cancelMs: number[];
  /** Final states, by job, as they were first heard of. */
  readonly ends: Map<string, string>;
  readonly twoEnds: string[];
}

export type StormOptions = Omit<FairRunOptions, 'warmUp'>;

export async function stormRun(cluster: LoadCluster, options: StormOptions): Promise<StormRun> {
  const { jobs, clients: count, request } = options;
  const clients = Array.from(
    { length: count },
    () => new Client({ coordinator: cluster.address, timeoutMs: 120_000 }),
  );
  const storm: Storm = { clients, cancelMs: [], ends: new Map(), twoEnds: [] };
  const random = randomStream(jobs, 'storm');
  const tasks: Promise<void>[] = [];
  try {
    for (let seed = 0; seed < jobs; seed++) {
      const client = clients[seed % count];
      if (!client) break;
      const { job } = await client.submit({ ...request, seed, client: `client-${seed % count}` });
      if (seed % WATCHED === 0) tasks.push(watch(storm, client, job));
      const cancels = random.chance(CANCELLED_PART);
      const afterMs = random.between(0, CANCEL_AFTER_MS);
      if (cancels) tasks.push(cancel(storm, { client, job, afterMs }));
    }
    await Promise.all(tasks);
    const [client] = clients;
    if (!client) throw new Error('a storm needs a client');
    return await settled(storm, client, jobs);
  } finally {
    for (const client of clients) client.close();
  }
}

async function watch(storm: Storm, client: Client, job: string): Promise<void> {
  for await (const { status } of client.watch(job)) hear(storm, status);
}

interface Cancellation {
  readonly client: Client;
  readonly job: string;
  readonly afterMs: number;
}

async function cancel(storm: Storm, { client, job, afterMs }: Cancellation): Promise<void> {
  await sleep(afterMs);
  const asked = performance.now();
  hear(storm, await client.cancel(job));
  storm.cancelMs.push(performance.now() - asked);
}

function hear({ ends, twoEnds }: Storm, { job, state }: JobStatus): void {
  if (!isFinal(state)) return;
  const known = ends.get(job) ?? state;
  ends.set(job, known);
  if (known !== state) twoEnds.push(job);
}

/** Waits until nothing is left, or says what is. */
async function settled(storm: Storm, client: Client, jobs: number): Promise<StormRun> {
  const deadline = performance.now() + QUIET_MS;
  for (;;) {
    const { done, failed, cancelled, ...load } = await client.load();
    const workers = await client.workers();
    const left = {
      waiting: load.waiting,
      running: load.running,
      blocks: load.blocks,
      latents: load.latents,
      watchers: load.watchers,
      trajectoryBytes: load.trajectoryBytes,
      clients: load.clients.length,
      workersMissing: workers.filter(({ state }) => state !== 'ready').length,
      heldBlocks: workers.reduce((sum, { heldBlocks }) => sum + heldBlocks, 0),
      openJobs: workers.reduce((sum, { openJobs }) => sum + openJobs, 0),
    };
    const quiet = Object.values(left).every((count) => count === 0);
    if ((quiet && done + failed + cancelled === jobs) || performance.now() > deadline) {
      const revived = await revivedJobs(storm, client);
      const { twoEnds } = storm;
      const [p50, p99] = [0.5, 0.99].map((part) => quantile(storm.cancelMs, part));
      const cancelMs = { p50: p50 ?? NaN, p99: p99 ?? NaN };
      return { load: { done, failed, cancelled }, twoEnds, revived, cancelMs, left };
    }
    await sleep(LOOK_MS);
  }
}

/** A job that ended has the state that it ended with; none is on its way. */
async function revivedJobs({ ends }: Storm, client: Client): Promise<string[]> {
  const listed = await client.jobs();
  return listed.flatMap(({ job, state }) => {
    const heard = ends.get(job) ?? state;
    return isFinal(state) && heard === state ? [] : [job];
  });
}
