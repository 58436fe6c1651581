import { describe, expect, it } from 'vitest';

import { supervise } from '../../cli/local/supervisor.ts';
import type { Ending, WorkerProcess } from '../../cli/local/worker-process.ts';

/** Processes that end when the test says so. */
function fakeProcesses() {
  const ends: ((ending: Ending) => void)[] = [];
  const waiting: (() => void)[] = [];
  return {
    start(onLine: (line: string) => void): WorkerProcess {
      const { promise, resolve } = Promise.withResolvers<Ending>();
      ends.push(resolve);
      onLine(`process ${ends.length}`);
      waiting.splice(0).forEach((go) => go());
      return {
        exited: promise,
        stop: async () => resolve({ code: null, signal: 'SIGTERM' }),
      };
    },
    end: (ending: Ending) => ends.at(-1)?.(ending),
    started: () => ends.length,
    nextStart: () => new Promise<void>((resolve) => void waiting.push(resolve)),
  };
}

const killed: Ending = { code: null, signal: 'SIGKILL' };

function supervised(restart: boolean) {
  const processes = fakeProcesses();
  const lines: string[] = [];
  const supervisor = supervise({
    name: 'worker-1',
    restart,
    start: (onLine) => processes.start(onLine),
    onLine: (line) => lines.push(line),
  });
  return { processes, lines, supervisor };
}

describe('a supervised worker', () => {
  it('is started again when it dies', async () => {
    const { processes, lines, supervisor } = supervised(true);
    const again = processes.nextStart();
    processes.end(killed);
    await again;
    expect(lines).toEqual(['process 1', 'ended (signal SIGKILL), starting again', 'process 2']);
    await supervisor.stop(0);
  });

  it('is given up when it keeps dying', async () => {
    const { processes, supervisor } = supervised(true);
    for (let death = 1; death < 3; death++) {
      const again = processes.nextStart();
      processes.end(killed);
      await again;
    }
    processes.end(killed);
    await expect(supervisor.broken).rejects.toMatchObject({ code: 'WORKER_LOST' });
    expect(processes.started()).toBe(3);
  });

  it('is given up at once when its options or models are bad', async () => {
    const { processes, supervisor } = supervised(true);
    processes.end({ code: 2, signal: null });
    await expect(supervisor.broken).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'worker-1: process 1',
    });
  });

  it('is not started again where its end is to be noticed', async () => {
    const { processes, supervisor } = supervised(false);
    processes.end(killed);
    await expect(supervisor.broken).rejects.toThrow('worker-1 ended (signal SIGKILL)');
  });

  it('stops when told to, and that breaks nothing', async () => {
    const { processes, supervisor } = supervised(true);
    await supervisor.stop(0);
    const first = await Promise.race([supervisor.broken, Promise.resolve('nothing')]);
    expect(first).toBe('nothing');
    expect(processes.started()).toBe(1);
  });
});
