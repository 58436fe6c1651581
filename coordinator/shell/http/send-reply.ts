/** Answers on their way: errors, documents, files in pieces, events. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { publicError, type PublicError } from './http-status.ts';
import type { Piece, Reply, ServerEvent } from './route.ts';

/** Whoever asks for anything but files has an answer of this moment. */
const noStore = { 'cache-control': 'no-store' };
const json = 'application/json';

export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  { status, left }: { readonly status: number; readonly left: AbortSignal },
): Promise<void> {
  switch (reply.kind) {
    case 'json':
      return sendText(response, reply.status ?? status, JSON.stringify(reply.body));
    case 'bytes': {
      const { type, bytes, headers = noStore } = reply;
      const head = { 'content-type': type, 'content-length': Buffer.byteLength(bytes), ...headers };
      response.writeHead(reply.status ?? status, head).end(bytes);
      return;
    }
    case 'stream':
      return sendPieces(response, reply.pieces, reply.type);
    case 'events':
      response.writeHead(status, { 'content-type': 'text/event-stream', ...noStore });
      // else the next request on the connection would wait for a stream that nobody is sent
      if (response.req.method === 'HEAD') return void response.end();
      response.flushHeaders();
      return sendEvents(response, reply.events, left);
  }
}

export function sendError(response: ServerResponse, thrown: unknown, openAi: boolean): PublicError {
  const error = publicError(thrown);
  // half an answer cannot become an error: its reader must see that it is no whole one
  if (response.headersSent) response.destroy();
  else {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
    const body = openAi ? { error: likeOpenAi(error) } : bodyOf(error);
    sendText(response, error.status, JSON.stringify(body));
  }
  return error;
}

function bodyOf({ code, message, retriable }: Pick<PublicError, 'code' | 'message' | 'retriable'>) {
  return { error: { code, message, retriable } };
}

/** Their four fields; ours would be `retriable` beside them, which their status says. */
function likeOpenAi({ status, code, message, field }: PublicError) {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return { message, type, code, param: field ?? null };
}

function sendText(response: ServerResponse, status: number, text: string): void {
  const head = { 'content-type': json, 'content-length': Buffer.byteLength(text), ...noStore };
  response.writeHead(status, head).end(text);
}

async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Piece>,
  type: string,
): Promise<void> {
  for await (const piece of pieces) {
    if (!response.headersSent) response.writeHead(200, { 'content-type': type, ...noStore });
    if (!(await write(response, piece))) return;
  }
  response.end();
}

/** One at a time: while a slow reader takes one, what it is sent next is still being decided. */
async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<ServerEvent>,
  left: AbortSignal,
): Promise<void> {
  const heartbeat = setInterval(() => {
    // a reader who takes nothing has something to read already
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, limits.httpHeartbeatMs);
  try {
    for await (const { event, data } of events) {
      heartbeat.refresh();
      if (!(await write(response, eventText(event, data), [left]))) return;
      if (left.aborted) break;
    }
    const reason: unknown = left.reason;
    if (reason instanceof SamplerError) response.write(eventText('error', bodyOf(reason)));
    response.end();
  } finally {
    clearInterval(heartbeat);
  }
}

function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * False where the reader is gone, or takes nothing for so long that he may as well be.
 *
 * @param ends whoever takes nothing then is waited for no longer
 */
async function write(
  response: ServerResponse,
  piece: Piece,
  ends: readonly AbortSignal[] = [],
): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(piece)) return true;
  const stalled = AbortSignal.any([AbortSignal.timeout(limits.httpStallMs), ...ends]);
  try {
    const ended = once(response, 'close', { signal: stalled }).then(() => false);
    const drained = once(response, 'drain', { signal: stalled }).then(() => true);
    ended.catch(() => undefined);
    drained.catch(() => undefined);
    return await Promise.race([drained, ended]);
  } catch {
    response.destroy();
    return false;
  }
}
