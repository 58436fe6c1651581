import { describe, expect, it } from 'vitest';

import { reportError } from '../../cli/commands/command.ts';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import { errorCodes, SamplerError } from '../../shared/protocol/errors.ts';
import type { ErrorCode } from '../../shared/protocol/errors.ts';
import { capturingTerminal } from './support.ts';

describe('exit codes', () => {
  it.each<[ErrorCode, number]>([
    ['INVALID_REQUEST', 2],
    ['UNKNOWN_MODEL', 2],
    ['UNKNOWN_JOB', 2],
    ['NON_FINITE', 3],
    ['DIVERGED', 3],
    ['ROUNDS_EXHAUSTED', 3],
    ['CANCELLED', 3],
    ['WORKER_LOST', 3],
    ['INTERNAL', 3],
    ['UNREACHABLE', 4],
    ['DEADLINE_MISSED', 4],
  ])('%s ends with %i', (code, expected) => {
    expect(exitCodeOf(code)).toBe(expected);
  });

  it('stay within the contract for every error', () => {
    const found = new Set(errorCodes.map(exitCodeOf));
    expect([...found].sort()).toEqual([2, 3, 4]);
  });
});

describe('an error', () => {
  const error = new SamplerError('NON_FINITE', 'job x failed:\n  NaN at step 3 \u001b[31m');

  function reported(form: 'text' | 'document' | 'line') {
    const terminal = capturingTerminal();
    const codes: number[] = [];
    reportError({ terminal, exit: (code) => codes.push(code) }, error, form);
    return { codes, stdout: terminal.stdout(), stderr: terminal.stderr() };
  }

  it('is one line that cannot act on the terminal', () => {
    expect(reported('text')).toEqual({
      codes: [3],
      stdout: '',
      stderr: 'isochron: job x failed:; NaN at step 3  [31m\n',
    });
  });

  it('is one JSON document with --json, and the last line among JSON lines', () => {
    expect(JSON.parse(reported('document').stdout)).toMatchObject({
      error: { code: 'NON_FINITE' },
    });
    expect(JSON.parse(reported('line').stdout)).toMatchObject({
      event: 'error',
      code: 'NON_FINITE',
    });
  });
});
