/**
 * Who is let in where: every call x everything that may be wrong with its caller, generated from
 * the services that are served. A row says what was expected and what came.
 */
import { clientRules } from '../../coordinator/shell/auth/policy.ts';
import type { Answer, createCaller, Method } from './caller.ts';
import { clientMethods, workerMethods } from './caller.ts';
import { jobRpcs, requests } from './requests.ts';
import type { Wallet } from './tokens.ts';

export interface Row {
  readonly call: string;
  /** What is wrong with the caller, or nothing. */
  readonly column: string;
  readonly expected: string;
  readonly found: Answer;
  readonly passed: boolean;
}

type Caller = ReturnType<typeof createCaller>;

export interface Stage {
  readonly clients: Caller;
  readonly workers: Caller;
  readonly wallet: Wallet;
  /** Of tenant `owner`. */
  readonly job: string;
}

/** Of no job. */
export const unknown = '0'.repeat(32);
export const denials = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

export function requestOf(path: string, job: string): object {
  const request = requests.get(path);
  if (!request) throw new Error(`${path} has no request in test/security/requests.ts`);
  return request(job);
}

/** All of the client port, then all of the worker port. */
export async function tokenRows(stage: Stage): Promise<Row[]> {
  const rows: Row[] = [];
  for (const method of clientMethods().values()) rows.push(...(await clientRows(stage, method)));
  for (const method of workerMethods().values()) rows.push(...(await workerRows(stage, method)));
  return rows;
}

/** What cannot be a token, or is none here. */
export function badAuthorizations({ operator, expired, revoked }: Wallet) {
  return {
    'no token': undefined,
    'malformed: no scheme': operator,
    'malformed: Basic': `Basic ${operator}`,
    'malformed: two words': `Bearer ${operator} x`,
    'malformed: empty': 'Bearer ',
    'malformed: too long': `Bearer ${'x'.repeat(4_000)}`,
    'wrong token': `Bearer ${operator.slice(0, -1)}${operator.endsWith('A') ? 'B' : 'A'}`,
    expired: `Bearer ${expired}`,
    revoked: `Bearer ${revoked}`,
  };
}

async function clientRows(stage: Stage, method: Method): Promise<Row[]> {
  const { clients, wallet, job } = stage;
  const call = method.path;
  const rule = clientRules.get(call);
  const ask = (authorization: string | undefined, of = job) =>
    clients.call({ method, request: requestOf(call, of), authorization });
  const rows: Row[] = [];
  const add = (column: string, expected: string, found: Answer): void =>
    void rows.push({ call, column, expected, found, passed: found.code === expected });
  const bad = { ...badAuthorizations(wallet), 'worker token': `Bearer ${wallet.worker}` };
  for (const [column, authorization] of Object.entries(bad)) {
    const found = await ask(authorization);
    add(column, rule === 'open' ? 'OK' : 'UNAUTHENTICATED', found);
  }
  if (rule === undefined) throw new Error(`${call} has no rule in policy.ts`);
  if (rule !== 'open') {
    const narrow = rule === 'admin' ? wallet.without.admin : wallet.without[rule];
    add('wrong scope', 'PERMISSION_DENIED', await ask(`Bearer ${narrow}`));
  }
  if (jobRpcs.includes(call)) {
    const foreign = await ask(`Bearer ${wallet.rival}`);
    const none = await ask(`Bearer ${wallet.rival}`, unknown);
    const same = foreign.details.replaceAll(job, '') === none.details.replaceAll(unknown, '');
    add("other tenant's job", same ? 'NOT_FOUND' : 'the text of an unknown job', foreign);
  }
  // the call itself is well-formed: what is refused above is refused for its caller
  const found = await ask(`Bearer ${wallet.operator}`);
  const passed = !denials.includes(found.code);
  rows.push({ call, column: 'the operator', expected: 'not denied', found, passed });
  return rows;
}

async function workerRows(stage: Stage, method: Method): Promise<Row[]> {
  const { workers, wallet, job } = stage;
  const call = method.path;
  const request = requestOf(call, job);
  const bad = {
    ...badAuthorizations(wallet),
    'client token': `Bearer ${wallet.owner}`,
    "operator's token": `Bearer ${wallet.operator}`,
  };
  const rows: Row[] = [];
  for (const [column, authorization] of Object.entries(bad)) {
    const found = await workers.call({ method, request, authorization });
    const expected = 'UNAUTHENTICATED';
    rows.push({ call, column, expected, found, passed: found.code === expected });
  }
  const found = await workers.call({ method, request, authorization: `Bearer ${wallet.worker}` });
  const passed = !denials.includes(found.code);
  rows.push({ call, column: 'a worker', expected: 'not denied', found, passed });
  return rows;
}
