/** A local cluster that its clients reach by TLS. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { coordinatorLeaf, createAuthority, issue } from '../../cli/certificates/authority.ts';
import { programFile } from '../../cli/local/program-file.ts';
import { operatorTokenFile } from '../../coordinator/shell/auth/token-store.ts';
import { reachable } from '../../shared/protocol/access/addresses.ts';
import { tlsFilesIn } from '../../shared/protocol/access/tls-files.ts';
import { run, temporaryFolder } from './support.ts';

interface Ready {
  readonly coordinator: string;
  readonly dashboard: string;
  readonly models: readonly string[];
}

/** `up` in a process of its own, once it has said that it is ready. */
async function up(argv: readonly string[]): Promise<Ready> {
  const any = '127.0.0.1:0';
  const where = ['--listen', any, '--worker-listen', any, '--http-listen', any];
  const workers = ['--workers', '1', '--backend', 'analytic'];
  const given = [programFile(), 'up', ...where, ...workers, ...argv];
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'close');
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as Ready;
}

async function statusOf(url: string, ca: string): Promise<number | undefined> {
  const request = get(url, { ca });
  const [response] = (await once(request, 'response')) as [{ statusCode?: number }];
  request.destroy();
  return response.statusCode;
}

it('clients and the dashboard come by TLS, and its own workers as ever', async () => {
  const [certs, data] = [temporaryFolder(), temporaryFolder()];
  await createAuthority(certs);
  const folder = await issue(certs, 'coordinator', coordinatorLeaf([], 1));
  const { ca } = tlsFilesIn(folder);
  const ready = await up(['--certs', folder, '--data', data]);
  expect(ready.models).toContain('mixture6');
  expect(ready.dashboard).toMatch(/^https:/);
  expect(await statusOf(`${ready.dashboard}healthz`, readFileSync(ca, 'utf8'))).toBe(200);
  const access = ['--coordinator', ready.coordinator, '--token-file', operatorTokenFile(data)];
  const listed = await run(['workers', '--json', ...access, '--ca', ca]);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'worker-1', state: 'ready' }]);
  // of another authority
  await createAuthority(join(certs, 'other'));
  const other = join(certs, 'other', 'ca', 'ca.crt');
  expect(existsSync(other)).toBe(true);
  const refused = await run(['workers', ...access, '--ca', other]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('TLS')]);
});

it('workers of other machines are told where to go', async () => {
  const { code, stderr } = await run(['up', '--worker-listen', '0.0.0.0:7401']);
  expect(code).toBe(2);
  expect(stderr).toContain('--worker-listen: found 0.0.0.0, expected a loopback address');
});

it.each([
  ['0.0.0.0:7400', '127.0.0.1:7400'],
  ['[::]:7400', '[::1]:7400'],
  ['10.0.0.0:7400', '10.0.0.0:7400'],
  ['gpu:7400', 'gpu:7400'],
])('what listens on %s is reached on %s', (address, found) => {
  expect(reachable(address)).toBe(found);
});
