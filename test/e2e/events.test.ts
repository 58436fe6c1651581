import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpCluster, type HttpCluster, type SentEvent } from '../support/http-cluster.ts';

/** Two devices that take a while for a call, so that a job is seen while it runs. */
const slow = ['--backend', 'emulated:cpu'];
const request = {
  model: 'cpu',
  solver: 'ddpm',
  steps: 60,
  samples: 2,
  method: 'picard',
  blocks: 2,
};

const dataOf = (events: readonly SentEvent[], name: string) =>
  events.filter(({ event }) => event === name).map(({ data }) => data);

const codesOf = (data: readonly Record<string, unknown>[]) =>
  new Map(
    data
      .flatMap(({ rounds }) => rounds as { round: number; residualCodes: string }[])
      .map(({ round, residualCodes }) => [round, residualCodes]),
  );

describe('a job that runs, over HTTP', () => {
  let http: HttpCluster;
  beforeAll(async () => {
    http = await httpCluster(2, slow);
  });
  afterAll(() => http.cluster.close());

  const submitted = async (body: object): Promise<string> => {
    const { json } = await http.ask('/v1/jobs', { body });
    return (json as { job: string }).job;
  };

  it('shows every round, its blocks and the picture forming, and then its end', async () => {
    const job = await submitted(request);
    const overGrpc = (async () => {
      const rounds = new Map<number, Float32Array>();
      for await (const event of http.cluster.client.watch(job, { trace: true })) {
        for (const { round, residuals } of event.rounds ?? []) rounds.set(round, residuals);
      }
      return rounds;
    })();
    const events = await http.events(`/v1/jobs/${job}/events?trace=1&previews=1`);
    const statuses = dataOf(events, 'status');
    expect(statuses.at(-1)).toMatchObject({ state: 'DONE' });
    expect(events.at(-1)?.event).toBe('status');

    const { rounds } = (await http.ask(`/v1/jobs/${job}/trace`)).json as { rounds: never[] };
    const told = dataOf(events, 'rounds');
    expect(codesOf(told)).toEqual(codesOf([{ rounds }]));
    expect(told.length).toBeGreaterThan(3);
    expect([...(await overGrpc).keys()].sort()).toEqual([...codesOf(told).keys()].sort());
    const held = told.flatMap(({ blocks }) => blocks as { worker: string }[]);
    expect(new Set(held.map(({ worker }) => worker)).size).toBe(2);

    const previews = dataOf(events, 'preview');
    expect(new Set(previews.map(({ data }) => data)).size).toBe(previews.length);
    expect(previews.length).toBeGreaterThan(1);
    for (const { shape, data } of previews) {
      expect(shape).toEqual([2, 1, 32, 32]);
      expect(Buffer.from(String(data), 'base64')).toHaveLength(4 * 2 * 1024);
    }
    // who comes when it is over is told as much
    const late = await http.events(`/v1/jobs/${job}/events?trace=1`);
    expect(codesOf(dataOf(late, 'rounds'))).toEqual(codesOf(told));
  });

  it('shows what the workers did', async () => {
    const [first] = await http.events('/v1/activity', () => true);
    const { nowMs, intervals } = first?.data as {
      nowMs: number;
      intervals: { name: string; rows: number; startMs: number; endMs: number }[];
    };
    expect(new Set(intervals.map(({ name }) => name)).size).toBe(2);
    for (const { rows, startMs, endMs } of intervals) {
      expect(rows).toBeGreaterThan(0);
      expect(startMs).toBeLessThan(endMs);
      expect(endMs).toBeLessThan(nowMs);
    }
  });

  it('ends with whoever waits for it', async () => {
    const left = new AbortController();
    const body = JSON.stringify({
      ...request,
      steps: 1_000,
      method: 'sequential',
      client: 'leaver',
    });
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${http.port}/v1/samples`;
    const asked = fetch(url, { method: 'POST', body, headers, signal: left.signal });
    const states = async () => {
      const jobs = await http.cluster.client.jobs({ client: 'leaver' });
      return jobs.map(({ state }) => state);
    };
    await expect.poll(states).toEqual(['running']);
    left.abort();
    await expect(asked).rejects.toThrowError();
    await expect.poll(states).toEqual(['cancelled']);
  });

  it('is cancelled by a call, and says so to its watchers', async () => {
    const job = await submitted({ ...request, steps: 1_000, method: 'sequential' });
    const watching = http.events(`/v1/jobs/${job}/events`);
    const { json } = await http.ask(`/v1/jobs/${job}/cancel`, { method: 'POST' });
    expect(json).toMatchObject({ job, state: 'CANCELLED' });
    expect((await watching).at(-1)?.data).toMatchObject({ state: 'CANCELLED' });
  });
});
