import { describe, expect, it } from 'vitest';

import type { JobStatus } from '../../cli/client.ts';
import { createProgress } from '../../cli/job/progress.ts';
import { capturingTerminal } from './support.ts';

const status: JobStatus = {
  job: '0123456789abcdef',
  state: 'running',
  model: 'm',
  solver: 'ddim',
  method: 'secant',
  steps: 100,
  rows: 100,
  samples: 1,
  rounds: 3,
  frontier: 40,
  windowEnd: 60,
  modelCalls: 90,
  residual: 0.01,
  elapsedMs: 10,
  message: '',
  errorCode: undefined,
  baselineRounds: 0,
  client: 'anonymous',
  priority: 0,
};

function strip(states: readonly JobStatus[]): string {
  const terminal = capturingTerminal({ interactive: true });
  const progress = createProgress(terminal, 'strip');
  for (const state of states) progress.show(state);
  progress.end();
  return terminal.stdout();
}

describe('the live strip', () => {
  it('shows frontier, round and residual under a short name', () => {
    const shown = strip([status]);
    expect(shown).toMatch(/^01234567 {2}█+▓+░+ {2}40\/100\n/);
    expect(shown).toContain('round 3   residual 1.0e-2   90 calls');
  });

  it('draws over itself and ends on the last state', () => {
    const shown = strip([status, { ...status, frontier: 50 }, { ...status, frontier: 70 }]);
    // The second state came too soon after the first and was skipped.
    expect(shown).not.toContain('50/100');
    expect(shown.split('\x1b[2A\x1b[J')).toHaveLength(2);
    expect(shown).toContain('70/100');
  });

  it('says once why a job waits', () => {
    const queued: JobStatus = { ...status, state: 'queued', message: 'other jobs are running' };
    expect(strip([queued, queued])).toBe('waiting: other jobs are running\n');
  });

  it('shows the sequential baseline while it runs first', () => {
    const baseline: JobStatus = { ...status, state: 'queued', rounds: 0, baselineRounds: 25 };
    const shown = strip([baseline]);
    expect(shown).toContain('(sequential)');
    expect(shown).toContain('25/100');
  });

  it('never shows what a message might do to the terminal', () => {
    const queued: JobStatus = { ...status, state: 'queued', message: 'evil\x1b[2J\nname' };
    expect(strip([queued])).toBe('waiting: evil [2J; name\n');
  });
});

describe('in silence', () => {
  it('only standard error says that the job waits', () => {
    const terminal = capturingTerminal();
    const progress = createProgress(terminal, 'silent');
    progress.waiting('no worker has model m');
    progress.show(status);
    progress.end();
    expect(terminal.stdout()).toBe('');
    expect(terminal.stderr()).toContain('waiting: no worker has model m; start one with');
  });
});
