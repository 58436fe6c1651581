import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failpoint, hit, parseFailpoints } from '../../shared/protocol/failpoints.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';

const point = 'store.beforeCommit';

describe('a failpoint', () => {
  it('does nothing where no test has armed it', () => {
    expect(failpoint(point)).toBeUndefined();
  });

  it.each([
    [`${point}=nan`, [1, 2, 3, 4]],
    [`${point}=nan@2`, [2]],
    [`${point}=nan@2-3`, [2, 3]],
    [`${point}=nan@3+`, [3, 4]],
    [`${point}=nan@1;${point}=nan@4`, [1, 4]],
    [`store.afterCommit=nan`, []],
  ])('%s fires at its hits', (text, expected) => {
    const armed = parseFailpoints(text);
    const fired = [1, 2, 3, 4].filter(() => hit(armed, point) !== undefined);
    expect(fired.length).toBe(expected.length);
    const again = parseFailpoints(text);
    expect([1, 2, 3, 4].filter(() => hit(again, point))).toEqual(expected);
  });

  it('hands an action that is not its own to the caller, with its argument', () => {
    expect(hit(parseFailpoints(`${point}=flip(7)`), point)).toMatchObject({
      action: 'flip',
      argument: '7',
    });
  });

  it('throws an error with the code that it is told', () => {
    const armed = parseFailpoints(`${point}=error(ENOSPC)`);
    expect(() => hit(armed, point)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  });

  it.each(['nonsense', 'no.such=kill', `${point}=kill@x`])('refuses %s', (text) => {
    expect(() => parseFailpoints(text)).toThrow('ISOCHRON_FAILPOINTS: found');
  });

  it('kills the process that it is armed in, and only in a test', async () => {
    const module = join(packageRoot(), 'shared/protocol/failpoints.ts');
    const code = `const { failpoint } = await import(${JSON.stringify(module)});
      failpoint('${point}'); process.stdout.write('one '); failpoint('${point}');
      process.stdout.write('two')`;
    const run = (mode: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
        env: { ...process.env, NODE_ENV: mode, ISOCHRON_FAILPOINTS: `${point}=kill@2` },
      });
    await expect(run('test')).rejects.toMatchObject({ signal: 'SIGKILL', stdout: 'one ' });
    await expect(run('production')).resolves.toMatchObject({ stdout: 'one two' });
  });
});
