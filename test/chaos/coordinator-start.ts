/** How long a coordinator takes to start that has many jobs in its store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { StoreChange } from '../../coordinator/shell/job-store.ts';
import { openSqliteStore } from '../../coordinator/shell/sqlite-store.ts';
import { encodeStatus } from '../../coordinator/shell/stored-job.ts';
import { freePorts, startCoordinatorProcess } from './coordinator-process.ts';
import type { Scenario, ScenarioReport } from './scenario.ts';

const BATCH = 250;
/** What its jobs may cost a coordinator at its start. */
const LIMIT_MS = 1_000;
/** Of some: the machine may be busy. */
const STARTS = 3;

export const coordinatorStart: Scenario = {
  name: 'coordinator-start',
  about: 'start with stored jobs, against an empty store (--n 10000)',
  run: ({ n = 10_000, say }) => run(n, say),
};

async function run(jobs: number, say: (line: string) => void): Promise<ScenarioReport> {
  const empty = await startMs(0);
  say(`an empty store: ${Math.round(empty)} ms from the start of the process`);
  const stored = await startMs(jobs);
  const extra = stored - empty;
  const slow = extra > LIMIT_MS;
  return {
    verdict: slow ? 'fail' : 'pass',
    reasons: slow ? [`${jobs} stored jobs take ${Math.round(extra)} ms`] : [],
    figures: {
      'stored jobs': jobs,
      'ready with an empty store, ms': Math.round(empty),
      'ready with the jobs, ms': Math.round(stored),
      'what the jobs cost, ms': Math.round(extra),
    },
  };
}

/** The best of some starts, from the process to its first line. */
async function startMs(jobs: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-start-'));
  try {
    await fill(folder, jobs);
    const ports = await freePorts();
    const times: number[] = [];
    for (let k = 0; k < STARTS; k++) {
      const life = startCoordinatorProcess(folder, ports, { checkpointMs: 1_000 });
      times.push((await life.listening) ?? Infinity);
      life.kill();
      await life.ended;
    }
    return Math.min(...times);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string, jobs: number): Promise<void> {
  const store = await openSqliteStore({ folder });
  for (let first = 0; first < jobs; first += BATCH) {
    const count = Math.min(BATCH, jobs - first);
    const changes = await Promise.all(
      Array.from({ length: count }, async (_, k) => jobChanges(store, `job-${first + k}`)),
    );
    await store.commit(changes.flat());
  }
  await store.close();
}

async function jobChanges(
  store: Awaited<ReturnType<typeof openSqliteStore>>,
  id: string,
): Promise<StoreChange[]> {
  const request = new Uint8Array(300);
  const status = encodeStatus({ job: id, state: 'DONE', model: 'mixture6', steps: 100 });
  const samples = await store.writeBlob(`${id}.samples`, new Uint8Array(4_096));
  const job = { id, key: `key-${id}`, request, start: undefined, given: undefined };
  const ended = { job: id, end: 'done', status, report: request, blobs: [samples] } as const;
  return [
    { kind: 'accepted', job },
    { kind: 'ended', ended },
  ];
}
