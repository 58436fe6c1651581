import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientRules } from '../../coordinator/shell/auth/policy.ts';
import { clientMethods, workerMethods } from './caller.ts';
import type { Row } from './matrix.ts';
import { requests } from './requests.ts';
import { playTls, playTokens } from './stage.ts';

let folder: string;
let rows: readonly Row[];
let encrypted: readonly Row[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isochron-matrix-'));
  const log = pino({ level: 'silent' });
  rows = await playTokens(join(folder, 'tokens'), log);
  encrypted = await playTls(join(folder, 'tls'), log);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the denial matrix', () => {
  it('has a rule and a request for every call that is served', () => {
    const served = [...clientMethods().keys()].sort();
    expect([...clientRules.keys()].sort()).toEqual(served);
    expect([...requests.keys()].sort()).toEqual([...served, ...workerMethods().keys()].sort());
  });

  it('denies every call to whoever may not make it, with the right code', () => {
    const wrong = [...rows, ...encrypted].filter(({ passed }) => !passed);
    expect(
      wrong.map(({ call, column, expected, found }) => [call, column, expected, found]),
    ).toEqual([]);
    expect(rows.length + encrypted.length).toBeGreaterThan(370);
  });

  it('says the same to all who are not known, whatever is wrong', () => {
    const unknown = rows.filter(({ expected }) => expected === 'UNAUTHENTICATED');
    expect(new Set(unknown.map(({ found }) => found.details)).size).toBe(1);
    const [text] = unknown.map(({ found }) => found.details);
    const http = rows.filter(({ expected }) => expected === '401');
    expect(new Set(http.map(({ found }) => found.details))).toEqual(new Set([text]));
  });
});
