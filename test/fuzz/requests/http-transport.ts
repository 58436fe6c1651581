/** HTTP/1.1 as a client speaks it, whatever it says, and what became of it. */
import { Agent, request, type IncomingMessage } from 'node:http';
import type { Outcome } from './transport.ts';

/** As of a call: see transport.ts. */
const ANSWER_MS = 15_000;
const CONNECTIONS = 32;
/** Of an answer, to say what was wrong. */
const BODY_MAX = 65_536;

export interface HttpAsk {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** When the caller leaves, answered or not. */
  readonly leaveMs?: number;
  /** On a connection of its own: behind a lie about lengths no other request has an answer. */
  readonly alone?: boolean;
  /** Takes nothing of the answer's body. */
  readonly deaf?: boolean;
}

export interface HttpPool {
  ask(asked: HttpAsk): Promise<Outcome>;
  close(): void;
}

export function httpPool(port: number): HttpPool {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return {
    ask: (asked) => askOn(agent, port, asked),
    close: () => agent.destroy(),
  };
}

function askOn(agent: Agent, port: number, asked: HttpAsk): Promise<Outcome> {
  const { method, target: path, headers = {}, body = Buffer.alloc(0), leaveMs } = asked;
  return new Promise((resolve) => {
    let kind: string | undefined;
    let received: Buffer = Buffer.alloc(0);
    const own = asked.alone ? false : agent;
    const timers: NodeJS.Timeout[] = [];
    const over = (how: string): void => {
      timers.forEach((timer) => clearTimeout(timer));
      resolve({ kind: kind ?? how, text: textOf(received), body: received });
    };
    const heard = (response: IncomingMessage): void => {
      kind = `HTTP ${response.statusCode}`;
      response.on('error', () => undefined);
      response.on('close', () => over('closed'));
      if (asked.deaf) return;
      response.on('data', (piece: Buffer) => {
        if (received.length < BODY_MAX) received = Buffer.concat([received, piece]);
      });
    };
    let asking;
    try {
      asking = request({ agent: own, host: '127.0.0.1', port, method, path, headers }, heard);
    } catch (error) {
      resolve({ kind: 'not sent', text: String(error), body });
      return;
    }
    const leave = (how: string) => (): void => {
      kind ??= how;
      asking.destroy();
    };
    timers.push(setTimeout(leave('NO ANSWER'), ANSWER_MS));
    if (leaveMs !== undefined) timers.push(setTimeout(leave('left'), leaveMs));
    asking.on('error', () => over('connection reset'));
    asking.on('close', () => over('closed'));
    asking.end(body);
  });
}

/** The message of an error; what is no JSON says nothing. */
function textOf(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { error?: { message?: string } };
    return error?.message ?? '';
  } catch {
    return '';
  }
}
