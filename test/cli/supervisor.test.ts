import { describe, expect, it } from 'vitest';

import { supervise } from '../../cli/local/supervisor.ts';
import type { Ending, WorkerProcess } from '../../cli/local/worker-process.ts';

/** Processes that end when the test says so. */
function fakeProcesses() {
  const ends: ((ending: Ending) => void)[] = [];
  const waiting: (() => void)[] = [];
  const halvings: number[] = [];
  return {
    start(onLine: (line: string) => void, halved: number): WorkerProcess {
      halvings.push(halved);
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
    halvings,
    nextStart: () => new Promise<void>((resolve) => void waiting.push(resolve)),
  };
}

const killed: Ending = { code: null, signal: 'SIGKILL' };
const crashed: Ending = { code: null, signal: 'SIGSEGV' };

/** The process ends, and the next one starts. */
async function ends(processes: ReturnType<typeof fakeProcesses>, ending: Ending): Promise<void> {
  const again = processes.nextStart();
  processes.end(ending);
  await again;
}

function supervised(restart: boolean) {
  const processes = fakeProcesses();
  const lines: string[] = [];
  const supervisor = supervise({
    name: 'worker-1',
    restart,
    start: (onLine, halvings) => processes.start(onLine, halvings),
    pauseMs: 1,
    onLine: (line) => lines.push(line),
  });
  return { processes, lines, supervisor };
}

describe('a supervised worker', () => {
  it('is started again when it dies', async () => {
    const { processes, lines, supervisor } = supervised(true);
    await ends(processes, crashed);
    const told = 'ended (signal SIGSEGV), starting again';
    expect(lines).toEqual(['process 1', told, 'process 2']);
    await supervisor.stop(0);
  });

  it('is given up when it keeps dying of the same cause', async () => {
    const { processes, supervisor } = supervised(true);
    for (let death = 1; death < 5; death++) await ends(processes, crashed);
    processes.end(crashed);
    await expect(supervisor.broken).rejects.toMatchObject({
      code: 'WORKER_LOST',
      message: expect.stringContaining('5 times in a row') as string,
    });
    expect(processes.started()).toBe(5);
  });

  it('is not given up for ends of several causes', async () => {
    const { processes, supervisor } = supervised(true);
    for (let death = 0; death < 8; death++) await ends(processes, death % 2 ? crashed : killed);
    expect(processes.started()).toBe(9);
    await supervisor.stop(0);
  });

  it('starts with half the batch after every end that memory may have caused', async () => {
    const { processes, supervisor } = supervised(true);
    await ends(processes, killed);
    await ends(processes, crashed);
    await ends(processes, killed);
    expect(processes.halvings).toEqual([0, 1, 1, 2]);
    await supervisor.stop(0);
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
