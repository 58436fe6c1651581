/**
 * The rows of HTTP: every route of the table that is served x everything that may be wrong with its
 * caller. A body is never sent: who may not ask is refused before it is read.
 */
import { routes } from '../../coordinator/shell/http/routes.ts';
import type { Route } from '../../coordinator/shell/http/route.ts';
import { ask, type HttpAnswer } from '../support/http-cluster.ts';
import { badAuthorizations, unknown, type Row } from './matrix.ts';
import type { Wallet } from './tokens.ts';

export interface HttpStage {
  readonly port: number;
  readonly wallet: Wallet;
  /** Of tenant `owner`. */
  readonly job: string;
}

const aboutJob = '{job}';
/** Of every variable part but a job's. */
const others: Readonly<Record<string, string>> = {
  worker: 'nobody',
  sample: '0',
  file: 'none.js',
  type: 'ico',
};

export async function httpRows(stage: HttpStage): Promise<Row[]> {
  const rows: Row[] = [];
  for (const route of routes) rows.push(...(await rowsOf(stage, route)));
  return rows;
}

async function rowsOf({ port, wallet, job }: HttpStage, route: Route): Promise<Row[]> {
  const { method, path, scope } = route;
  const call = `${method} ${path}`;
  const rows: Row[] = [];
  const request = (authorization: string | undefined, of = job): Promise<HttpAnswer> => {
    const headers = { ...(authorization !== undefined && { authorization }) };
    return ask(port, pathOf(path, of), { method, headers, headOnly: true });
  };
  const add = (column: string, expected: number, found: HttpAnswer): void => {
    const answer = { code: String(found.status), details: messageOf(found) };
    const passed = found.status === expected;
    rows.push({ call, column, expected: String(expected), found: answer, passed });
  };
  if (scope === 'none') {
    const found = await request(undefined);
    const passed = found.status !== 401 && found.status !== 403;
    const answer = { code: String(found.status), details: '' };
    return [{ call, column: 'no token', expected: 'not denied', found: answer, passed }];
  }
  const bad = { ...badAuthorizations(wallet), 'worker token': `Bearer ${wallet.worker}` };
  for (const [column, authorization] of Object.entries(bad)) {
    add(column, 401, await request(authorization));
  }
  add('wrong scope', 403, await request(`Bearer ${wallet.without[scope]}`));
  if (path.includes(aboutJob)) {
    const foreign = await request(`Bearer ${wallet.rival}`);
    const none = await request(`Bearer ${wallet.rival}`, unknown);
    const same = messageOf(foreign).replaceAll(job, '') === messageOf(none).replaceAll(unknown, '');
    add("other tenant's job", same ? 404 : 0, foreign);
  }
  const found = await request(`Bearer ${wallet.operator}`);
  const passed = found.status !== 401 && found.status !== 403;
  const answer = { code: String(found.status), details: messageOf(found) };
  rows.push({ call, column: 'the operator', expected: 'not denied', found: answer, passed });
  return rows;
}

function pathOf(path: string, job: string): string {
  return path.replace(/\{\*?(\w+)\}/g, (_all, name: string) => {
    const value = name === 'job' ? job : others[name];
    if (value === undefined)
      throw new Error(`${path}: {${name}} has no value in ${import.meta.url}`);
    return value;
  });
}

function messageOf({ json }: HttpAnswer): string {
  const { error } = (json ?? {}) as { error?: { message?: string } };
  return error?.message ?? '';
}
