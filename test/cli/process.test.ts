/** What only a process of its own can show: signals, exit codes, the death of a parent. */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { describe, expect, it, onTestFinished } from 'vitest';

import { programFile } from '../../cli/local/program-file.ts';
import { jobId, jobStatus } from './fake-coordinator.ts';
import { fakeCoordinator } from './support.ts';

function start(argv: readonly string[], stdio: StdioOptions): ChildProcess {
  const child = spawn(process.execPath, [programFile(), ...argv], { stdio });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describe('the process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('cancels its job on %s', async (signal) => {
    const fake = await fakeCoordinator({
      events: [jobStatus({ state: 'RUNNING' })],
      watchHangs: true,
    });
    const job = ['--model', 'm', '--solver', 'ddim', '--steps', '4'];
    const child = start(['submit', ...job, '--coordinator', fake.address], 'pipe');
    const lines: unknown[] = [];
    const output = createInterface({ input: child.stdout ?? process.stdin });
    output.on('line', (line) => {
      const parsed = JSON.parse(line) as { event: string };
      lines.push(parsed);
      if (parsed.event === 'progress') child.kill(signal);
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(3);
    expect(fake.cancelled).toEqual([jobId]);
    expect(lines.at(-1)).toMatchObject({ event: 'error', code: 'CANCELLED' });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = start(['--help'], ['ignore', 'pipe', 'pipe']);
    child.stdout?.destroy();
    const errors: Buffer[] = [];
    child.stderr?.on('data', (data: Buffer) => errors.push(data));
    await once(child, 'close');
    expect(Buffer.concat(errors).toString()).toBe('');
  });

  it('as a worker dies with its parent', async () => {
    const argv = ['worker', '--backend', 'analytic', '--coordinator', '127.0.0.1:1'];
    const child = start(argv, ['ignore', 'ignore', 'ignore', 'ipc']);
    const exited = once(child, 'exit');
    child.disconnect();
    const [, signal] = (await exited) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  });
});
