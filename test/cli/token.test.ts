import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tokenListFile } from '../../coordinator/shell/auth/token-store.ts';
import { parseTokens } from '../../coordinator/shell/auth/tokens.ts';
import { run, temporaryFolder } from './support.ts';

const weightsIn = (data: string) => parseTokens(readFileSync(tokenListFile(data), 'utf8')).weights;

describe('isochron token weight', () => {
  it('is of a tenant, stays while its tokens come and go, and is shown with them', async () => {
    const data = temporaryFolder();
    const token = (...argv: string[]) => run(['token', ...argv, '--data', data]);
    await token('create', 'ci', '--tenant', 'vision');
    expect((await token('weight', 'vision', '3')).stdout).toBe('vision has weight 3\n');
    await token('create', 'night', '--tenant', 'vision');
    await token('create', 'other');
    await token('revoke', 'ci');
    expect(weightsIn(data)).toEqual(new Map([['vision', 3]]));
    expect((await token('list')).lines()).toMatchObject([
      [
        { name: 'night', tenant: 'vision', weight: 3 },
        { name: 'other', tenant: 'default', weight: 1 },
      ],
    ]);
    expect(statSync(tokenListFile(data)).mode & 0o777).toBe(0o600);
    await token('weight', 'vision', '1');
    expect(weightsIn(data).size).toBe(0);
  });

  it.each([
    [['vision', '0'], 'weight: found "0", expected a number from 0.01 to 100'],
    [['visoin', '3'], 'tenant: found "visoin", expected one of `isochron token list`'],
    [['default', '3'], 'tenant: found "default", expected another tenant'],
  ])('is refused: %j', async (argv, why) => {
    const data = temporaryFolder();
    await run(['token', 'create', 'ci', '--tenant', 'vision', '--data', data]);
    const { code, stderr } = await run(['token', 'weight', ...argv, '--data', data]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(weightsIn(data).size).toBe(0);
  });
});
