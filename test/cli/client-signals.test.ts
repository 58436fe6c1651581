import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Client, SamplerError } from '../../cli/client.ts';
import type { JobState } from '../../cli/client.ts';
import { jobId, jobStatus, sampleValues } from './fake-coordinator.ts';
import { fakeCoordinator } from './support.ts';

const request = { model: 'm', solver: 'ddim', steps: 4 };
const running = jobStatus({ state: 'RUNNING' });

function clientOf(coordinator: string): Client {
  const client = new Client({ coordinator });
  onTestFinished(() => client.close());
  return client;
}

describe('a signal', () => {
  const trajectory = { states: new Float32Array(4), source: request };
  const calls: [string, (client: Client, signal: AbortSignal) => Promise<unknown>][] = [
    ['submit', (client, signal) => client.submit(request, { signal })],
    ['a trajectory', (client, signal) => client.submit(request, { signal, trajectory })],
    ['verify', (client, signal) => client.verify(request, trajectory, { signal })],
    ['plan', (client, signal) => client.plan(request, { signal })],
    ['result', (client, signal) => client.result(jobId, { signal })],
    ['cancel', (client, signal) => client.cancel(jobId, { signal })],
    ['job', (client, signal) => client.job(jobId, { signal })],
    ['jobs', (client, signal) => client.jobs({}, { signal })],
    ['load', (client, signal) => client.load({ signal })],
    ['workers', (client, signal) => client.workers({ signal })],
    ['models', (client, signal) => client.models({ signal })],
    ['drain', (client, signal) => client.drain('w', { signal })],
    ['sample', (client, signal) => client.sample(request, { signal })],
  ];

  it.each(calls)('that is set already ends %s before anything is sent', async (_name, call) => {
    const fake = await fakeCoordinator();
    const found = call(clientOf(fake.address), AbortSignal.abort());
    await expect(found).rejects.toMatchObject({ code: 'CANCELLED', retriable: false });
    expect(fake.submitted).toEqual([]);
  });

  it.each(calls.filter(([name]) => name !== 'sample'))(
    'ends %s while it looks for a coordinator',
    async (_name, call) => {
      const controller = new AbortController();
      const found = call(clientOf('127.0.0.1:1'), controller.signal);
      controller.abort();
      await expect(found).rejects.toMatchObject({ code: 'CANCELLED' });
    },
  );

  it('ends a call that waits for its answer', async () => {
    const fake = await fakeCoordinator({ mute: true });
    const controller = new AbortController();
    const found = clientOf(fake.address).submit(request, { signal: controller.signal });
    const started = performance.now();
    const ended = expect(found).rejects.toMatchObject({ code: 'CANCELLED' });
    await vi.waitFor(() => expect(fake.calls).toBe(1));
    controller.abort();
    await ended;
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('leaves no listener behind', async () => {
    const fake = await fakeCoordinator();
    const client = clientOf(fake.address);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    await client.jobs({}, { signal });
    await client.result(jobId, { signal });
    const nobody = new Client({ coordinator: '127.0.0.1:1', timeoutMs: 100 });
    onTestFinished(() => nobody.close());
    await expect(nobody.jobs({}, { signal })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(listeners).toBe(0);
  });
});

describe('leaving the loop', () => {
  it('ends the call and no more', async () => {
    const fake = await fakeCoordinator({ events: [running], watchHangs: true });
    const client = clientOf(fake.address);
    for await (const { status } of client.watch(jobId)) {
      expect(status.state).toBe('running');
      break;
    }
    expect(fake.cancelled).toEqual([]);
    expect(await client.drain('w1')).toEqual({ blocks: 2 });
  });
});

describe('sampling', () => {
  it('submits, shows progress and fetches the result', async () => {
    const events = [running, jobStatus({ state: 'DONE' })];
    const fake = await fakeCoordinator({ events });
    const states: JobState[] = [];
    const { samples } = await clientOf(fake.address).sample(request, {
      onProgress: ({ state }) => void states.push(state),
    });
    expect(states).toEqual(['running', 'done']);
    expect(samples).toEqual(sampleValues);
    expect(fake.submitted).toMatchObject([request]);
  });

  it('cancels the job when the signal is set', async () => {
    const fake = await fakeCoordinator({ events: [running], watchHangs: true });
    const controller = new AbortController();
    const found = clientOf(fake.address).sample(request, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(found).rejects.toMatchObject({
      code: 'CANCELLED',
      context: { job: jobId },
      cause: { message: 'enough' },
    });
    expect(fake.cancelled).toEqual([jobId]);
  });

  it.each([
    ['FAILED', { errorCode: 'DIVERGED', message: 'NaN' }, 'DIVERGED', 'failed: NaN'],
    ['CANCELLED', {}, 'CANCELLED', 'was cancelled'],
  ] as const)('rejects where the job is %s', async (state, more, code, says) => {
    const fake = await fakeCoordinator({ events: [jobStatus({ state, ...more })] });
    const error = await clientOf(fake.address)
      .sample(request)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SamplerError);
    expect(error).toMatchObject({ code });
    expect((error as SamplerError).message).toContain(says);
    expect(fake.cancelled).toEqual([]);
  });
});

describe('using', () => {
  it('closes the client', async () => {
    const fake = await fakeCoordinator();
    let kept: Client;
    {
      using client = new Client({ coordinator: fake.address });
      kept = client;
      await client.jobs();
    }
    await expect(kept.jobs()).rejects.toMatchObject({ code: 'CANCELLED' });
    {
      await using client = new Client({ coordinator: fake.address });
      kept = client;
    }
    await expect(kept.jobs()).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
