import { afterEach, describe, expect, test } from 'vitest';

import type { Backend } from '../../../worker/backend/backend.ts';
import { threadEntry } from '../../../worker/backend/threaded-backend.ts';
import { slowBackend } from './slow-backend.ts';

let backend: Backend | undefined;
afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

describe('a model thread that blocks', () => {
  test('leaves this loop free, and its progress age grows', async () => {
    backend = slowBackend({ blockMs: 400 });
    const slot = await backend.slot('slow');
    expect(backend.lastProgressMs()).toBe(0);

    let worstDrift = 0;
    let oldest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      worstDrift = Math.max(worstDrift, now - last - 10);
      oldest = Math.max(oldest, backend?.lastProgressMs() ?? 0);
      last = now;
    }, 10);
    const { modelMs } = await slot.run(2);
    clearInterval(timer);

    expect(modelMs).toBeGreaterThanOrEqual(390);
    expect(worstDrift).toBeLessThan(250);
    expect(oldest).toBeGreaterThan(300);
    expect(backend.lastProgressMs()).toBe(0);
  });

  test('reports each call its own time, though two slots wait for one thread', async () => {
    backend = slowBackend({ blockMs: 200 });
    const [first, second] = [await backend.slot('slow'), await backend.slot('slow')];
    const times = await Promise.all([first.run(1), second.run(1)]);
    for (const { modelMs } of times) expect(modelMs).toBeLessThan(350);
  });

  test('fills the outputs of the slot that ran, in place', async () => {
    backend = slowBackend({ blockMs: 0 });
    const [first, second] = [await backend.slot('slow'), await backend.slot('slow')];
    first.states.fill(1);
    second.states.fill(2);
    await Promise.all([first.run(1), second.run(1)]);
    expect([first.outputs[0], second.outputs[0]]).toEqual([-1, -2]);
    expect(first.outputs[64]).toBe(0);
  });
});

describe('the end of a model thread', () => {
  test('fails every pending call, then every later one, and says what to do', async () => {
    backend = slowBackend({ blockMs: 20, dieAfterCalls: 0 });
    const [first, second] = [await backend.slot('slow'), await backend.slot('slow')];
    const calls = await Promise.allSettled([first.run(1), second.run(1)]);
    for (const call of calls) {
      expect(call).toMatchObject({
        status: 'rejected',
        reason: { code: 'WORKER_LOST', retriable: true },
      });
    }
    await expect(first.run(1)).rejects.toThrow(
      'the model thread ended during a call of slow (exit code 7); ' +
        'this worker cannot go on: restart it',
    );
    await expect(backend.slot('slow')).rejects.toMatchObject({ code: 'WORKER_LOST' });
  });

  test('by close cancels what comes after it', async () => {
    backend = slowBackend({ blockMs: 0 });
    const slot = await backend.slot('slow');
    await backend.close();
    await expect(slot.run(1)).rejects.toMatchObject({ code: 'CANCELLED' });
    await backend.close();
  });
});

describe('what a caller can get wrong', () => {
  test.each([0, -1, 1.5, 257])('%s rows', async (count) => {
    backend = slowBackend({ blockMs: 0 });
    const slot = await backend.slot('slow');
    await expect(slot.run(count)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  test.each(['nope', '../slow', 'slow\n', '', '__proto__'])('the model %j', async (name) => {
    backend = slowBackend({ blockMs: 0 });
    await expect(backend.slot(name)).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' });
  });

  test('a slot that is already running', async () => {
    backend = slowBackend({ blockMs: 50 });
    const slot = await backend.slot('slow');
    const running = slot.run(1);
    await expect(slot.run(1)).rejects.toThrow('already running');
    await running;
  });
});

test('the thread entry is .ts in a checkout and .js once compiled', () => {
  const entry = (module: string): string => threadEntry('onnx-thread', module).href;
  expect(entry('file:///a/worker/onnx.ts')).toBe('file:///a/worker/onnx-thread.ts');
  expect(entry('file:///a/dist/worker/onnx.js')).toBe('file:///a/dist/worker/onnx-thread.js');
});
