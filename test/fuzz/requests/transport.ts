/** Calls over HTTP/2 and bytes over TCP, whatever is in them, and what became of them. */
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';

/**
 * Longer than any call may take where 48 are made at once on a machine that does other things: a
 * message that unpacks to 8 MiB takes 512 turns of a thread. Whether the coordinator was held up
 * for others is what its own turns and the probe tell.
 */
const ANSWER_MS = 15_000;
/** A connection is made anew after so many calls, since making them is fuzzed too. */
const CALLS_PER_CONNECTION = 2_000;

export interface Outcome {
  /** A gRPC status, or what became of the connection. */
  readonly kind: string;
  readonly text: string;
  /** The first message of the answer. */
  readonly body: Buffer;
}

export interface Call {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Written one after the other. */
  readonly pieces: readonly Buffer[];
  /** Says that it has no more; otherwise it is left open. */
  readonly ends: boolean;
  /** When the call is given up, answered or not; where it ends, never. */
  readonly leaveMs?: number;
  readonly resetCode?: number;
  /** Called with what has come so far, each time that more comes. */
  readonly heard?: (body: Buffer, write: (piece: Buffer) => void) => void;
}

export interface Connections {
  call(call: Call): Promise<Outcome>;
  close(): void;
}

export function connections(port: number, count: number): Connections {
  const sessions: { session: ClientHttp2Session; calls: number }[] = [];
  let turn = 0;
  const open = () => {
    const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 64 });
    session.on('error', () => undefined);
    session.setMaxListeners(0);
    return { session, calls: 0 };
  };
  const next = (): ClientHttp2Session => {
    const at = turn++ % count;
    const known = sessions[at];
    if (known && known.calls++ < CALLS_PER_CONNECTION && !known.session.destroyed) {
      if (!known.session.closed) return known.session;
    }
    known?.session.close();
    const fresh = open();
    sessions[at] = fresh;
    return fresh.session;
  };
  return {
    call: (asked) => callOn(next(), asked),
    close: () => sessions.forEach(({ session }) => session.destroy()),
  };
}

function callOn(session: ClientHttp2Session, asked: Call): Promise<Outcome> {
  return new Promise((resolve) => {
    let body = Buffer.alloc(0);
    let left = false;
    let found: { kind: string; text: string } | undefined;
    const headers = {
      ':method': 'POST',
      ':path': asked.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...asked.headers,
    };
    let stream;
    try {
      stream = session.request(headers, { endStream: false });
    } catch (error) {
      resolve({ kind: 'not sent', text: String(error), body });
      return;
    }
    const leave = (): void => {
      left = true;
      stream.close(asked.resetCode ?? constants.NGHTTP2_CANCEL);
    };
    const late = setTimeout(() => {
      // Node may keep a stream that was closed here with bytes of it unsent
      if (left) found ??= { kind: 'closed', text: '' };
      found ??= { kind: 'NO ANSWER', text: `after ${ANSWER_MS} ms` };
      stream.destroy();
    }, ANSWER_MS);
    const seen = (got: Record<string, unknown>): void => {
      const code = got['grpc-status'];
      if (code !== undefined) found ??= { kind: nameOf(code), text: textOf(got['grpc-message']) };
      else if (got[':status'] !== undefined && got[':status'] !== 200) {
        found ??= { kind: `HTTP ${Number(got[':status'])}`, text: '' };
      }
    };
    stream.on('response', seen);
    stream.on('trailers', seen);
    stream.on('data', (piece: Buffer) => {
      if (body.length < 65_536) body = Buffer.concat([body, piece]);
      asked.heard?.(body, (more) => void (stream.writable && stream.write(more)));
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      clearTimeout(late);
      const kind = stream.rstCode === 0 ? 'closed' : `reset ${stream.rstCode}`;
      resolve({ ...(found ?? { kind, text: '' }), body });
    });
    for (const piece of asked.pieces) stream.write(piece);
    if (asked.ends) stream.end();
    if (asked.ends && asked.leaveMs === undefined) return;
    if (asked.resetCode !== undefined) setImmediate(leave);
    else setTimeout(leave, asked.leaveMs ?? 5);
  });
}

function nameOf(code: unknown): string {
  return status[Number(code)] ?? `status ${String(code)}`;
}

function textOf(message: unknown): string {
  const text = typeof message === 'string' ? message : '';
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A gRPC message with its five bytes in front. */
export function framed(message: Buffer, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}

/** Whole messages at the front of a body. */
export function unframed(body: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    if (end > body.length) break;
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
}

export interface RawExchange {
  readonly pieces: readonly Buffer[];
  /** Between pieces. */
  readonly pauseMs: number;
  /** How long an answer is waited for. */
  readonly waitMs: number;
}

/** Bytes to a port; what they are is none of TCP's business. */
export async function exchange(port: number, asked: RawExchange): Promise<Outcome> {
  const socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
  let body = Buffer.alloc(0);
  const closed = new Promise<string>((resolve) => {
    socket.on('error', () => resolve('connection reset'));
    socket.on('close', () => resolve('connection closed'));
  });
  socket.on('data', (piece: Buffer) => {
    if (body.length < 4_096) body = Buffer.concat([body, piece]);
  });
  const sent = (async () => {
    for (const [k, piece] of asked.pieces.entries()) {
      if (socket.destroyed) break;
      if (k > 0 && asked.pauseMs > 0) await sleep(asked.pauseMs);
      socket.write(piece);
    }
    await sleep(asked.waitMs);
    return 'connection left open';
  })();
  const kind = await Promise.race([closed, sent]);
  socket.destroy();
  return { kind, text: '', body };
}
