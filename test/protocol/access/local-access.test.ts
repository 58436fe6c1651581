import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leaveNote, localAccess } from '../../../shared/protocol/access/local-access.ts';

const address = '127.0.0.1:7400';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isochron-note-'));
  vi.stubEnv('ISOCHRON_CONFIG', join(folder, 'config'));
  writeFileSync(join(folder, 'token'), 'iso_x');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the note of a coordinator', () => {
  it('names files from wherever it is read, and goes with its coordinator', () => {
    const tokenFile = relative(process.cwd(), join(folder, 'token'));
    const takeAway = leaveNote(address, { tokenFile, caFile: undefined });
    expect(localAccess('localhost:7400')).toEqual({
      tokenFile: join(folder, 'token'),
      caFile: undefined,
    });
    expect(localAccess('127.0.0.1:7401')).toBeUndefined();
    takeAway();
    expect(localAccess(address)).toBeUndefined();
  });

  it('stays where a later coordinator has left its own', () => {
    writeFileSync(join(folder, 'later'), 'iso_y');
    const takeAway = leaveNote(address, { tokenFile: join(folder, 'token') });
    leaveNote(address, { tokenFile: join(folder, 'later') });
    takeAway();
    expect(localAccess(address)?.tokenFile).toBe(join(folder, 'later'));
  });
});
