/** What comes with a request: bounded before it is read, checked before anybody sees it. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { HttpError } from './http-status.ts';
import { jsonSize } from './json-size.ts';

/** @throws HttpError, SamplerError INVALID_REQUEST */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    const text = `content-type: found ${type ?? 'none'}, expected application/json`;
    throw new HttpError('UNSUPPORTED_MEDIA_TYPE', text);
  }
  if (request.headers['content-encoding'] !== undefined) {
    const text = 'content-encoding: found one, expected none';
    throw new HttpError('UNSUPPORTED_MEDIA_TYPE', text);
  }
  const bytes = await readBytes(request, bytesMax);
  requireSmall(bytes);
  return parsed(bytes.toString('utf8'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badBody(`found no JSON (${(error as Error).message}), expected an object`);
  }
}

/** Before it is parsed, since that cannot be stopped; and a schema looks at every value. */
function requireSmall(bytes: Buffer): void {
  const { jsonValuesMax, jsonDepthMax } = limits;
  const { values, depth } = jsonSize(bytes);
  if (depth > jsonDepthMax) throw badBody(`found values nested more than ${jsonDepthMax} deep`);
  if (values <= jsonValuesMax) return;
  const text = `found more than ${jsonValuesMax} values, expected at most so many`;
  throw badBody(`${text}: send long lists as data, in base64`);
}

async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const tooLarge = (): HttpError => {
    const text = `body: found more than ${bytesMax} bytes, expected at most so many`;
    // what else is on its way is not read: the connection ends
    return new HttpError('BODY_TOO_LARGE', text, { connection: 'close' });
  };
  if (announced > bytesMax) throw tooLarge();
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > bytesMax) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

/** @throws SamplerError INVALID_REQUEST that names the field */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what: 'body' | 'query'): T {
  const { success, data, error } = parsedBy(schema, value, what);
  if (success) return data;
  const [issue] = error.issues;
  if (!issue) throw badBody('found another form, expected that of docs/openapi.json', what);
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = shown(issue.keys[0]);
    const where = field === '' ? what : `${what} ${field}`;
    const text = `${where}: found the unknown field ${unknown}, expected none of that name`;
    throw new SamplerError('INVALID_REQUEST', text, { context: { field: issue.keys[0] ?? '' } });
  }
  const found = shown(valueAt(value, issue.path));
  const expected = issue.message.replace(
    /^(Invalid (input|option)|Too (big|small)): expected |, received .*$/g,
    '',
  );
  const text = `${field === '' ? what : field}: found ${found}, expected ${expected}`;
  throw new SamplerError('INVALID_REQUEST', text, { context: { field } });
}

/** Zod (4.6) compares the `length` of what is no string too, which need not be comparable. */
function parsedBy<T>(schema: z.ZodType<T>, value: unknown, what: 'body' | 'query') {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw badBody('found an object that no check can read, expected a number or a text', what);
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

const SHOWN_MAX = 80;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}

function badBody(text: string, what: 'body' | 'query' = 'body'): SamplerError {
  return new SamplerError('INVALID_REQUEST', `${what}: ${text}`, { context: { field: what } });
}

/** @throws SamplerError INVALID_REQUEST where a name comes twice */
export function queryOf(search: URLSearchParams): Record<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of search) {
    if (found.has(name))
      throw badBody(`found ${JSON.stringify(name)} twice, expected one`, 'query');
    found.set(name, value);
  }
  return Object.fromEntries(found);
}
