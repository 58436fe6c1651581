/**
 * An honest client in a process of its own, since that of the fuzzer is busy: a request to each
 * of its ports every 200 ms, a job every 5 s. Sends what it found when it is asked.
 *
 *   node test/fuzz/probe/main.ts HOST:PORT HTTP_PORT
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../../cli/client.ts';

export interface Probed {
  readonly latenciesMs: readonly number[];
  /** Of the HTTP port. */
  readonly httpMs: readonly number[];
  readonly jobsMs: readonly number[];
  /** What went wrong, in words. */
  readonly failures: readonly string[];
  /** How late this process's own timers were at most: a busy machine, not a slow coordinator. */
  readonly ownDelayMs: number;
}

const EVERY_MS = 200;
const JOB_EVERY_MS = 5_000;
const DEADLINE_MS = 30_000;

const [coordinator = '', httpPort = ''] = process.argv.slice(2);
const token = process.env['ISOCHRON_TOKEN'];
const options = { coordinator, timeoutMs: DEADLINE_MS, ...(token !== undefined && { token }) };
const client = new Client(options);
const [latenciesMs, httpMs, jobsMs]: [number[], number[], number[]] = [[], [], []];
const failures: string[] = [];
let ownDelayMs = 0;
let over = false;

async function timed(into: number[], work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  try {
    await work();
  } catch (error) {
    failures.push(String(error));
  }
  into.push(performance.now() - started);
}

async function requests(): Promise<void> {
  while (!over) {
    const due = performance.now() + EVERY_MS;
    await timed(latenciesMs, () => client.load());
    await timed(httpMs, loadOverHttp);
    await sleep(Math.max(0, due - performance.now()));
  }
}

async function loadOverHttp(): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await fetch(`http://127.0.0.1:${httpPort}/v1/load`, { headers, signal });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${text}`);
}

async function jobs(): Promise<void> {
  while (!over) {
    await timed(jobsMs, async () => {
      const request = { model: 'mixture6', solver: 'ddim', steps: 8, client: 'probe', priority: 9 };
      const { job } = await client.submit(request);
      for await (const { status } of client.watch(job)) {
        if (status.state === 'failed') throw new Error(`job ${job}: ${status.message}`);
      }
      const { samples } = await client.result(job);
      if (!samples.every(Number.isFinite)) throw new Error(`job ${job}: samples are not finite`);
    });
    await sleep(JOB_EVERY_MS);
  }
}

async function ownDelays(): Promise<void> {
  while (!over) {
    const due = performance.now() + 20;
    await sleep(20);
    ownDelayMs = Math.max(ownDelayMs, performance.now() - due);
  }
}

process.on('message', () => {
  over = true;
  process.send?.({ latenciesMs, httpMs, jobsMs, failures, ownDelayMs });
  client.close();
  process.disconnect();
});

process.on('disconnect', () => process.exit());

// what a first call loads is none of the coordinator's delay
await client.load();
await loadOverHttp();
await Promise.all([ownDelays(), requests(), jobs()]);
