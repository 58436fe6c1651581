/**
 * Places in our own code where a test may make something go wrong, in a real process:
 *
 *   NODE_ENV=test ISOCHRON_FAILPOINTS='store.afterCommit=kill@3;result.write=error(ENOSPC)@1-5'
 *
 * NAME=ACTION[(ARGUMENT)][@HIT | @FROM-TO | @FROM+]; without @ every hit counts. Actions that this
 * file carries out:
 *
 *   kill         SIGKILL to the own process: nothing after it runs, no buffer is written
 *   exit(CODE)   process.exit
 *   error(CODE)  throws an error with that `code`, such as ENOSPC
 *   sleep(MS)    blocks the thread, as a slow disk or a busy loop does
 *   hang         blocks the thread for ever
 *
 * Any other action is handed to the caller, who knows what it means (`nan`, `flip`). Inert without
 * NODE_ENV=test. Threads count their own hits.
 */
import type { Logger } from 'pino';

/** Every point there is: another name is an error at start, not a test that tests nothing. */
export const failpointNames = [
  'store.beforeBegin',
  'store.beforeCommit',
  'store.afterCommit',
  'blob.beforeWrite',
  'blob.beforeFsync',
  'blob.beforeRename',
  'blob.beforeFolderFsync',
  'blob.afterFolderFsync',
  'infer.call',
  'worker.lost',
  'wire.send',
] as const;

export type FailpointName = (typeof failpointNames)[number];

export interface Fired {
  readonly action: string;
  /** Empty where none was given. */
  readonly argument: string;
}

interface Armed extends Fired {
  readonly from: number;
  readonly to: number;
}

interface Point {
  readonly armed: readonly Armed[];
  hits: number;
}

/** Undefined in every process that no test has started. */
const points = process.env['NODE_ENV'] === 'test' ? fromEnvironment() : undefined;

function fromEnvironment(): Map<string, Point> | undefined {
  const text = process.env['ISOCHRON_FAILPOINTS'] ?? '';
  return text === '' ? undefined : parseFailpoints(text);
}

/** @throws Error that says which entry cannot be read. */
export function parseFailpoints(text: string): Map<string, Point> {
  const parsed = new Map<string, Point>();
  for (const entry of text.split(';').filter((part) => part.trim() !== '')) {
    const { name, ...armed } = parseEntry(entry.trim());
    parsed.set(name, { armed: [...(parsed.get(name)?.armed ?? []), armed], hits: 0 });
  }
  return parsed;
}

function parseEntry(entry: string): Armed & { readonly name: string } {
  const form = /^([\w.]+)=(\w+)(?:\(([^()]*)\))?(?:@(\d+)(\+|-(\d+))?)?$/;
  const [, name = '', action = '', argument = '', first, open, last] = form.exec(entry) ?? [];
  if (action === '') {
    throw new Error(`ISOCHRON_FAILPOINTS: found "${entry}", expected NAME=ACTION(ARGUMENT)@HIT`);
  }
  if (!failpointNames.some((known) => known === name)) {
    const known = failpointNames.join(', ');
    throw new Error(`ISOCHRON_FAILPOINTS: found "${name}", expected one of ${known}`);
  }
  if (first === undefined) return { name, action, argument, from: 1, to: Infinity };
  const from = Number(first);
  const to = open === undefined ? from : Number(last ?? Infinity);
  return { name, action, argument, from, to };
}

/** Says at start that this process is not to be trusted. */
export function announceFailpoints(log: Logger): void {
  if (points) log.warn({ failpoints: process.env['ISOCHRON_FAILPOINTS'] }, 'failpoints are armed');
}

/** Undefined unless a test has armed the point with an action that is the caller's own. */
export function failpoint(name: FailpointName): Fired | undefined {
  return points === undefined ? undefined : hit(points, name);
}

/** @param armed what `parseFailpoints` made */
export function hit(armed: Map<string, Point>, name: FailpointName): Fired | undefined {
  const point = armed.get(name);
  if (!point) return undefined;
  const at = ++point.hits;
  const fired = point.armed.find(({ from, to }) => from <= at && at <= to);
  return fired && carryOut(name, fired);
}

function carryOut(name: FailpointName, { action, argument }: Armed): Fired | undefined {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return void block(Infinity);
    case 'exit':
      return process.exit(Number(argument));
    case 'error':
      throw Object.assign(new Error(`failpoint ${name}: ${argument}`), { code: argument });
    case 'sleep':
      return void block(Number(argument));
    case 'hang':
      return void block(Infinity);
    default:
      return { action, argument };
  }
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
