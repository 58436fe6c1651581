/**
 * Many jobs of one caller, of which some are urgent: `node many-jobs.ts [MODEL] [JOBS]`. Every
 * request has a key of its own, so that running this again after a crash makes no job twice.
 *
 *   12 jobs of batch nightly-1 are done, 3 of them were urgent
 */
import { SamplerError, type Client, type Submitted, type SubmitRequest } from 'isochron/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './connect.ts';

const [, , model = 'mixture6', jobs = '12'] = process.argv;
const batch = process.env['BATCH'] ?? `nightly-${process.pid}`;
const RETRY_MS = 1000;

function requestOf(index: number): SubmitRequest {
  return {
    model,
    solver: 'ddim',
    steps: 20,
    seed: index,
    client: batch,
    priority: index % 4 === 0 ? 9 : 0,
    idempotencyKey: `${batch}/${index}`,
  };
}

/** A queue that is full is no failure: the same request may be taken later. */
async function submit(client: Client, request: SubmitRequest): Promise<Submitted> {
  for (;;) {
    try {
      return await client.submit(request);
    } catch (error) {
      if (!(error instanceof SamplerError && error.code === 'OVERLOADED')) throw error;
      await sleep(RETRY_MS);
    }
  }
}

async function finished(client: Client, job: string): Promise<string> {
  let state = 'queued';
  for await (const { status } of client.watch(job)) ({ state } = status);
  return state;
}

using client = connect();
const requests = Array.from({ length: Number(jobs) }, (_, index) => requestOf(index));
const submitted = await Promise.all(requests.map((request) => submit(client, request)));
const again = await Promise.all(requests.map((request) => submit(client, request)));
if (again.some(({ job }, index) => job !== submitted[index]?.job)) throw new Error('a second job');

const states = await Promise.all(submitted.map(({ job }) => finished(client, job)));
const done = states.filter((state) => state === 'done').length;
const urgent = requests.filter(({ priority }) => priority === 9).length;
process.stdout.write(`${done} jobs of batch ${batch} are done, ${urgent} of them were urgent\n`);
