import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { Client, SamplerError } from '../../cli/client.ts';
import type { ClientOptions, JobEvent } from '../../cli/client.ts';
import { jobId, jobStatus, resultChunks, sampleValues } from './fake-coordinator.ts';
import { fakeCoordinator } from './support.ts';

function clientOf(options: ClientOptions): Client {
  const client = new Client(options);
  onTestFinished(() => client.close());
  return client;
}

async function all(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const found: JobEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

describe('the client', () => {
  it('submits what was given and nothing else', async () => {
    const fake = await fakeCoordinator({ waitingFor: 'no worker' });
    const client = clientOf({ coordinator: fake.address });
    const data = BigInt64Array.of(1n, 2n);
    const reply = await client.submit({
      model: 'fashion',
      solver: 'ddim',
      steps: 4,
      seed: undefined,
      inputs: [{ name: 'class', dtype: 'int64', shape: [2], data }],
    });
    expect(reply).toEqual({ job: jobId, waitingFor: 'no worker' });
    const [request] = fake.submitted;
    expect(request).toMatchObject({ model: 'fashion', solver: 'ddim', steps: 4 });
    expect(request).not.toHaveProperty('seed');
    expect(request).not.toHaveProperty('tolerance');
    expect(request?.inputs[0]?.data).toEqual(Buffer.from(data.buffer));
  });

  it('watches a job to its end', async () => {
    const states = ['QUEUED', 'RUNNING', 'DONE'] as const;
    const fake = await fakeCoordinator({
      events: states.map((state) => jobStatus({ state })),
      watchHangs: true,
    });
    const events = await all(clientOf({ coordinator: fake.address }).watch(jobId));
    expect(events.map(({ status }) => status.state)).toEqual(['queued', 'running', 'done']);
  });

  it('stops watching when asked, quietly', async () => {
    const fake = await fakeCoordinator({
      events: [jobStatus({ state: 'RUNNING' })],
      watchHangs: true,
    });
    const controller = new AbortController();
    const found: string[] = [];
    const client = clientOf({ coordinator: fake.address });
    for await (const { status } of client.watch(jobId, { signal: controller.signal })) {
      found.push(status.state);
      controller.abort();
    }
    expect(found).toEqual(['running']);
  });

  it('watches on when the stream breaks off', async () => {
    const fake = await fakeCoordinator({ events: [jobStatus({ state: 'RUNNING' })] });
    const client = clientOf({ coordinator: fake.address });
    const found: string[] = [];
    for await (const { status } of client.watch(jobId)) {
      found.push(status.state);
      fake.script = { events: [jobStatus({ state: 'DONE' })] };
    }
    expect(found).toEqual(['running', 'done']);
    expect(fake.watches).toBe(2);
  });

  it('puts a result together from its pieces', async () => {
    const fake = await fakeCoordinator();
    const result = await clientOf({ coordinator: fake.address }).result(jobId);
    expect(result.samples).toEqual(sampleValues);
    expect(result.shape).toEqual([2, 1, 2, 2]);
    expect(result.report).toMatchObject({
      modelCalls: 12,
      bytes: { toWorkers: 100, fromWorkers: 200 },
      sequential: null,
      valueRange: [-1, 1],
    });
    expect(
      result.trace.map(({ round, frontier, firstStep }) => [round, frontier, firstStep]),
    ).toEqual([
      [1, 1, 0],
      [2, 4, 1],
    ]);
    expect(result.trace[0]?.residuals[1]).toBeCloseTo(0.1, 1);
  });

  it.each([
    ['a piece of the samples is missing', resultChunks().slice(0, 2), '5 bytes of samples'],
    ['the report is missing', resultChunks().slice(1), 'without its report'],
  ])('refuses a result of which %s', async (_what, chunks, says) => {
    const fake = await fakeCoordinator({ chunks });
    await expect(clientOf({ coordinator: fake.address }).result(jobId)).rejects.toThrow(says);
  });

  it('reads models, workers and jobs', async () => {
    const fake = await fakeCoordinator({
      events: [jobStatus({ state: 'FAILED', errorCode: 'X' })],
    });
    const client = clientOf({ coordinator: fake.address });
    const [model] = await client.models();
    expect(model).toMatchObject({
      name: 'fashion',
      workers: 1,
      schedule: { kind: 'linear', trainSteps: 1000 },
      terminalAlphaBar: 1,
      conditions: [{ name: 'class', unconditional: 3 }],
    });
    expect(await client.workers()).toMatchObject([{ id: 'w1', state: 'ready', models: [] }]);
    expect(await client.jobs()).toMatchObject([{ state: 'failed', errorCode: undefined }]);
    expect(await client.drain('w1')).toEqual({ blocks: 2 });
    expect(await client.cancel(jobId)).toMatchObject({ state: 'cancelled' });
  });
});

describe('an error', () => {
  it('of the coordinator arrives with its code, text and context', async () => {
    const context = { field: 'steps' };
    const sent = new SamplerError('INVALID_REQUEST', 'steps: found 0', { context });
    const fake = await fakeCoordinator({ submitError: sent });
    const client = clientOf({ coordinator: fake.address });
    const request = { model: 'm', solver: 'ddim', steps: 0 };
    await expect(client.submit(request)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'steps: found 0',
      context,
    });
  });

  it('ends a watch at once', async () => {
    const watchError = new SamplerError('UNKNOWN_JOB', 'job: found "x"');
    const fake = await fakeCoordinator({ watchError });
    const events = all(clientOf({ coordinator: fake.address }).watch('x'));
    await expect(events).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    expect(fake.watches).toBe(1);
  });
});

describe('a closed client', () => {
  it('ends what still waits for a connection, and refuses new calls', async () => {
    const client = clientOf({ coordinator: '127.0.0.1:1' });
    const waiting = client.jobs();
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(client.jobs()).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(all(client.watch(jobId))).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a coordinator that cannot be reached', () => {
  const timeoutMs = 400;

  /** Accepts connections and never says a word: a stopped process, a wrong port. */
  async function silentServer(): Promise<string> {
    const server = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function freeAddress(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `127.0.0.1:${port}`;
  }

  const calls: [string, (client: Client) => Promise<unknown>][] = [
    ['submit', (client) => client.submit({ model: 'm', solver: 'ddim', steps: 1 })],
    ['jobs', (client) => client.jobs()],
    ['result', (client) => client.result(jobId)],
    ['watch', (client) => all(client.watch(jobId))],
  ];

  it.each(calls)('fails %s in time where nobody listens', async (_name, call) => {
    const coordinator = await freeAddress();
    const started = performance.now();
    const error = call(clientOf({ coordinator, timeoutMs }));
    await expect(error).rejects.toMatchObject({ code: 'UNREACHABLE', context: { coordinator } });
    expect(performance.now() - started).toBeLessThan(timeoutMs + 1_500);
  });

  it.each(calls)('fails %s in time where nobody answers', async (_name, call) => {
    const coordinator = await silentServer();
    const error = call(clientOf({ coordinator, timeoutMs }));
    await expect(error).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it.each(calls.filter(([name]) => name === 'submit' || name === 'watch'))(
    'fails %s in time where gRPC works and the process hangs',
    async (_name, call) => {
      const fake = await fakeCoordinator({ mute: true });
      const error = call(clientOf({ coordinator: fake.address, timeoutMs }));
      await expect(error).rejects.toMatchObject({ code: 'UNREACHABLE' });
    },
  );

  it('fails a result that stops half-way', async () => {
    const fake = await fakeCoordinator({ mute: true, chunks: resultChunks().slice(0, 2) });
    const error = clientOf({ coordinator: fake.address, timeoutMs }).result(jobId);
    await expect(error).rejects.toThrow('said nothing for 400 ms');
  });
});
