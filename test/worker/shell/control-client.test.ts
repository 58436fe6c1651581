import { once } from 'node:events';

import { credentials, status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';

import type { WorkerControl__Output } from '../../../proto/generated/isochron/v1/WorkerControl.ts';
import { controlChannelOptions } from '../../../shared/protocol/channel-options.ts';
import { loadPackage } from '../../../shared/protocol/loader.ts';
import { createControlClient } from '../../../worker/shell/control-client.ts';
import { nextControl, serveFleet } from './fleet-server.ts';
import type { ControlCall, TestFleet } from './fleet-server.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const action of cleanUp.splice(0).reverse()) await action();
});

function dial(coordinator: string) {
  const { Fleet } = loadPackage();
  const client = new Fleet(coordinator, credentials.createInsecure(), controlChannelOptions);
  const happened: string[] = [];
  const said = { warn: [] as string[], debug: [] as string[] };
  const wakers: (() => void)[] = [];
  const note = (event: string): void => {
    happened.push(event);
    for (const wake of wakers.splice(0)) wake();
  };
  const log = pino(
    { level: 'debug', formatters: { level: (label) => ({ level: label }) } },
    {
      write: (line) => {
        const { level, msg } = JSON.parse(line) as { level: 'warn' | 'debug'; msg: string };
        said[level].push(msg);
        note(`${level} ${said[level].length}`);
      },
    },
  );
  const control = createControlClient({
    client,
    coordinator,
    register: { protocolVersion: 1, name: 'me', backend: 'analytic', models: [] },
    log,
    progressMs: () => 42,
    holds: () => ({ blocks: 3, jobs: 2 }),
    takeCounts: () => ({ busyMs: 7, callsByRows: [1], callsByMs: [], callRows: 1, callMs: 6 }),
    onRegistered: ({ worker, leaseMs }) => note(`registered ${worker} ${leaseMs}`),
    onLost: () => note('lost'),
    onDrainOrder: () => note('drain'),
    measure: async ({ model, batchMax, budgetMs }) => {
      if (model !== 'known') throw new Error('no such model');
      return [{ batch: batchMax, ms: budgetMs }];
    },
  });
  cleanUp.push(async () => {
    await control.close();
    client.close();
  });
  const until = async (event: string): Promise<void> => {
    while (!happened.includes(event)) await new Promise<void>((wake) => wakers.push(wake));
  };
  return { control, happened, said, until };
}

/** A server whose next control call the test waits for. */
async function serve(port = 0) {
  const calls: ControlCall[] = [];
  let wake: (() => void) | undefined;
  const control = (call: ControlCall): void => {
    calls.push(call);
    wake?.();
  };
  const fleet: TestFleet = await serveFleet({ control }, port);
  cleanUp.push(() => fleet.close());
  const next = async (): Promise<ControlCall> => {
    for (;;) {
      const call = calls.shift();
      if (call) return call;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { ...fleet, next };
}

function accept(call: ControlCall, worker: string, { leaseMs = 5_000, fenceMs = 0 } = {}): void {
  call.write({ registered: { worker, epoch: 1, leaseMs, fenceMs } });
}

it('registers, beats every second and answers a probe at once', async () => {
  const fleet = await serve();
  const { until } = dial(fleet.address);
  const call = await fleet.next();
  expect(await nextControl(call, 'register')).toMatchObject({ protocolVersion: 1, name: 'me' });
  accept(call, 'w1');
  await until('registered w1 5000');
  const asked = performance.now();
  call.write({ probe: { number: 17 } });
  const beat = { progressAgeMs: 42, probe: 17, blocks: 3, jobs: 2 };
  expect(await nextControl(call, 'heartbeat')).toMatchObject(beat);
  expect(performance.now() - asked).toBeLessThan(500);
  expect(await nextControl(call, 'heartbeat')).toMatchObject({ progressAgeMs: 42, probe: 0 });
  expect(performance.now() - asked).toBeLessThan(2_500);
});

it('measures what it is asked to, and says so where it cannot', async () => {
  const fleet = await serve();
  const { until } = dial(fleet.address);
  const call = await fleet.next();
  await nextControl(call, 'register');
  accept(call, 'w1');
  await until('registered w1 5000');
  call.write({ measure: { number: 3, model: 'known', batchMax: 8, budgetMs: 150 } });
  expect(await nextControl(call, 'measured')).toEqual({
    number: 3,
    latencyCurve: [{ batch: 8, ms: 150 }],
  });
  call.write({ measure: { number: 4, model: 'unknown', batchMax: 8, budgetMs: 150 } });
  expect(await nextControl(call, 'measured')).toEqual({ number: 4, latencyCurve: [] });
});

it('gives its registration up where nobody answers, and dials again', async () => {
  const fleet = await serve();
  const { until, happened } = dial(fleet.address);
  const call = await fleet.next();
  await nextControl(call, 'register');
  accept(call, 'w1', { leaseMs: 100, fenceMs: 300 });
  for (let beat = 1; beat <= 20; beat++) {
    const { number } = await nextControl(call, 'heartbeat');
    expect(number).toBe(beat);
    call.write({ heard: { number } });
  }
  // twenty beats of a fifth of the lease are longer than it waits for an answer
  expect(happened).not.toContain('lost');
  await until('lost');
  const again = await fleet.next();
  await nextControl(again, 'register');
});

it('passes a drain order on and says that it drains, also to the next coordinator', async () => {
  const fleet = await serve();
  const { control, until } = dial(fleet.address);
  const call = await fleet.next();
  await nextControl(call, 'register');
  accept(call, 'w1');
  call.write({ drain: {} });
  await until('drain');
  control.drain();
  control.drain();
  await nextControl(call, 'draining');
  call.end();
  const again = await fleet.next();
  await nextControl(again, 'register');
  accept(again, 'w2');
  await nextControl(again, 'draining');
});

it('dials again after a lost coordinator and takes a new id', async () => {
  const first = await serve();
  const { happened, until, control } = dial(first.address);
  const call = await first.next();
  await nextControl(call, 'register');
  accept(call, 'w1');
  await until('registered w1 5000');
  first.close();
  await until('lost');
  expect(control.registered).toBe(false);
  const second = await serve(first.port);
  const again = await second.next();
  await nextControl(again, 'register');
  accept(again, 'w2');
  await until('registered w2 5000');
  const told = happened.filter((event) => !event.startsWith('warn'));
  expect(told).toEqual(['registered w1 5000', 'lost', 'registered w2 5000']);
});

it('says once that nobody is there, and once why it is refused', async () => {
  const placeholder = await serve();
  placeholder.close();
  const { said, until } = dial(placeholder.address);
  await until('debug 2');
  expect(said.warn).toEqual(['no coordinator; dialling until there is one']);
  const fleet = await serve(placeholder.port);
  for (let refusal = 0; refusal < 2; refusal++) {
    const call = await fleet.next();
    await nextControl(call, 'register');
    call.emit('error', { code: status.FAILED_PRECONDITION, details: 'another version' });
  }
  const call = await fleet.next();
  await nextControl(call, 'register');
  accept(call, 'w1');
  await until('registered w1 5000');
  expect(said.warn).toHaveLength(2);
});

it('says goodbye: what was written arrives, and the stream ends cleanly', async () => {
  const fleet = await serve();
  const { control, until } = dial(fleet.address);
  const call = await fleet.next();
  const messages: WorkerControl__Output[] = [];
  call.on('data', (message: WorkerControl__Output) => messages.push(message));
  let cancelled: boolean | undefined;
  call.on('end', () => {
    cancelled = call.cancelled;
    call.end();
  });
  accept(call, 'w1');
  await until('registered w1 5000');
  control.drain();
  const ended = once(call, 'end');
  await control.close();
  await ended;
  expect(messages.map(({ message }) => message)).toEqual(['register', 'draining']);
  expect(cancelled).toBe(false);
});
