/**
 * The coordinator dies, again and again, while clients submit: by SIGKILL at random moments, or at
 * a failpoint beside each of its writes. No job that it has accepted may be lost or end twice, each
 * has the bits of the sequential sampler, and what ran goes on from its last checkpoint.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { failpointNames } from '../../shared/protocol/failpoints.ts';
import { randomStream, type Random } from '../sim/random.ts';
import { startWorkerProcess } from '../support/real-cluster.ts';
import { freePorts, startCoordinatorProcess, type Life } from './coordinator-process.ts';
import { startLoad, type Load } from './load.ts';
import type { Scenario, ScenarioOptions, ScenarioReport } from './scenario.ts';

const CLIENTS = 6;
const WORKERS = 2;
/** What a restart may cost a job here: rows of a fifth of a second. */
const CHECKPOINT_MS = 200;
const LIFE_MS = { least: 200, most: 3_000 };
/** A failpoint that is not reached by then is not: the next one has its turn. */
const FAILPOINT_MS = 20_000;

export const coordinatorKill: Scenario = {
  name: 'coordinator-kill',
  about: 'SIGKILL the coordinator at random moments under load (--n 200)',
  run: (options) => run(options, options.n ?? 200, killLater),
};

export const coordinatorFailpoints: Scenario = {
  name: 'coordinator-failpoints',
  about: 'kill the coordinator beside each of its writes (--n 3 times each)',
  run: (options) => run(options, (options.n ?? 3) * points.length, killAtPoint),
};

const points = failpointNames.filter((name) => /^(store|blob)\./.test(name));

interface Cluster {
  readonly random: Random;
  readonly start: (failpoints?: string) => Life;
}

/** Ends a coordinator somehow; says how, and in which life the next one begins. */
type Killing = (cluster: Cluster, round: number) => Promise<Killed>;

interface Killed {
  readonly how: string;
  /** Whether it died by what was to kill it. */
  readonly hit: boolean;
  readonly readyMs: number | undefined;
}

async function killLater({ random, start }: Cluster): Promise<Killed> {
  const life = start();
  // some die before they listen
  const early = random.between(0, 1) < 0.1;
  const readyMs = early ? undefined : await life.listening;
  await sleep(early ? random.between(0, 400) : random.between(LIFE_MS.least, LIFE_MS.most));
  life.kill();
  await life.ended;
  return { how: 'SIGKILL', hit: true, readyMs };
}

async function killAtPoint({ random, start }: Cluster, round: number): Promise<Killed> {
  const point = points[round % points.length] ?? points[0];
  const most = point?.startsWith('blob') ? 2 : 12;
  const life = start(`${point}=kill@${1 + random.below(most)}`);
  const late = setTimeout(() => life.kill('SIGTERM'), FAILPOINT_MS);
  const readyMs = await life.listening;
  const signal = await life.ended;
  clearTimeout(late);
  return { how: point ?? '', hit: signal === 'SIGKILL', readyMs };
}

async function run(
  { seed, say }: ScenarioOptions,
  kills: number,
  kill: Killing,
): Promise<ScenarioReport> {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-chaos-'));
  const ports = await freePorts();
  const start = (failpoints?: string): Life =>
    startCoordinatorProcess(folder, ports, {
      checkpointMs: CHECKPOINT_MS,
      ...(failpoints !== undefined && { failpoints }),
    });
  const workers = Array.from({ length: WORKERS }, () =>
    startWorkerProcess(ports.worker, ['--backend', 'analytic', '--log-level', 'fatal']),
  );
  try {
    const first = start();
    await first.listening;
    const coordinator = `127.0.0.1:${ports.client}`;
    const random = randomStream(seed, 'load');
    const load = await startLoad({ coordinator, clients: CLIENTS, random });
    await sleep(2_000);
    first.kill();
    await first.ended;
    const cluster = { random: randomStream(seed, 'kills'), start };
    const killed: (Killed & { readonly running: number })[] = [];
    for (let k = 0; k < kills; k++) {
      const one = await kill(cluster, k);
      killed.push({ ...one, running: load.running() });
      if ((k + 1) % 10 === 0) say(`${k + 1} kills, ${load.accepted.size} jobs accepted`);
    }
    const last = start();
    await load.finish();
    last.kill('SIGTERM');
    await last.ended;
    return judge(load, killed, await booksOf(folder));
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the store says happened. */
interface Books {
  readonly done: ReadonlyMap<string, number>;
  readonly unfinished: number;
  readonly jobs: number;
  readonly resumed: number;
  readonly rowsSaved: number;
}

async function booksOf(folder: string): Promise<Books> {
  const db = new DatabaseSync(join(folder, 'jobs.db'));
  const rows = db.prepare('SELECT job, kind, detail FROM events').all();
  const count = (sql: string): number => Number(db.prepare(sql).get()?.['n']);
  const done = new Map<string, number>();
  for (const { job, kind } of rows) {
    if (kind === 'done') done.set(String(job), (done.get(String(job)) ?? 0) + 1);
  }
  const resumed = rows.filter(({ kind }) => kind === 'resumed');
  const books = {
    done,
    unfinished: count('SELECT count(*) AS n FROM jobs WHERE ending IS NULL'),
    jobs: count('SELECT count(*) AS n FROM jobs'),
    resumed: resumed.length,
    rowsSaved: resumed.reduce((sum, { detail }) => sum + Number(detail), 0),
  };
  db.close();
  return books;
}

function judge(
  load: Load,
  killed: readonly (Killed & { readonly running: number })[],
  books: Books,
): ScenarioReport {
  const ids = [...load.accepted.values()];
  const lost = ids.filter((id) => !books.done.has(id));
  const twice = [...books.done].filter(([, times]) => times > 1);
  const unasked = books.jobs - new Set(ids).size;
  const wrong = [
    ...load.wrong,
    ...lost.map((id) => `job ${id} was accepted and is lost`),
    ...twice.map(([id]) => `job ${id} ended twice`),
    ...(books.unfinished > 0 ? [`${books.unfinished} jobs never ended`] : []),
    ...(unasked > 0 ? [`${unasked} jobs that no client knows`] : []),
  ];
  const hits = killed.filter(({ hit, running }) => hit && running > 0).length;
  const ready = killed.flatMap(({ readyMs }) => readyMs ?? []).sort((a, b) => a - b);
  const tooLittle = [
    ...(hits * 2 < killed.length
      ? [`only ${hits} of ${killed.length} kills hit a running job`]
      : []),
    ...(books.resumed === 0 ? ['no job went on from a checkpoint'] : []),
  ];
  return {
    verdict: wrong.length > 0 ? 'fail' : tooLittle.length > 0 ? 'invalid' : 'pass',
    reasons: [...wrong.slice(0, 20), ...tooLittle],
    figures: {
      kills: killed.filter(({ hit }) => hit).length,
      'kills that hit a running job': hits,
      'jobs accepted': ids.length,
      lost: lost.length,
      'ended twice': twice.length,
      'requests sent twice': load.repeated,
      'results compared bit for bit': load.compared,
      'jobs gone on from a checkpoint': books.resumed,
      'rows not computed again': books.rowsSaved,
      'ready after, median ms': Math.round(ready[Math.floor(ready.length / 2)] ?? 0),
      'ready after, most ms': Math.round(ready.at(-1) ?? 0),
      ...pointsHit(killed),
    },
  };
}

function pointsHit(killed: readonly Killed[]): Record<string, number> {
  const hit: Record<string, number> = {};
  for (const { how, hit: died } of killed) {
    if (how !== 'SIGKILL') hit[how] = (hit[how] ?? 0) + (died ? 1 : 0);
  }
  return hit;
}
