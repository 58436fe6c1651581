/** A real coordinator with its HTTP port, and what tests ask it with. */
import { request as httpRequest } from 'node:http';
import { operatorTokenFile } from '../../coordinator/shell/auth/token-store.ts';
import { readToken } from '../../shared/protocol/access/local-access.ts';
import { realCluster, type RealCluster } from './real-cluster.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  /** Of the bytes. */
  readonly json: unknown;
}

export interface Asked {
  readonly method?: string;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: no token is shown. */
  readonly token?: string | undefined;
  /** An answer that goes on for ever is left once its status is known. */
  readonly headOnly?: boolean;
}

export interface HttpCluster {
  readonly cluster: RealCluster;
  /** The operator's, which `ask` and `events` show. */
  readonly token: string;
  ask(path: string, asked?: Asked): Promise<HttpAnswer>;
  /** All events until the stream ends, or until `enough` says so. */
  events(path: string, enough?: (event: SentEvent) => boolean): Promise<SentEvent[]>;
  readonly port: number;
}

export interface SentEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export async function httpCluster(workers: number, args?: readonly string[]): Promise<HttpCluster> {
  const cluster = await realCluster();
  const { http: port = 0 } = cluster.ports;
  await cluster.addWorkers(workers, args);
  const token = readToken(operatorTokenFile(cluster.dataDir));
  return {
    cluster,
    port,
    token,
    ask: (path, asked) => ask(port, path, { token, ...asked }),
    events: (path, enough) => readEvents({ port, path, token }, enough),
  };
}

export function ask(port: number, path: string, asked: Asked = {}): Promise<HttpAnswer> {
  const { body, headers = {}, method = body === undefined ? 'GET' : 'POST' } = asked;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const own = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(asked.token !== undefined && { authorization: `Bearer ${asked.token}` }),
  };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { ...own, ...headers } };
    const request = httpRequest({ ...options, agent: false }, (response) => {
      const { statusCode: status = 0, headers: found } = response;
      if (asked.headOnly && status < 300) {
        request.destroy();
        return resolve({ status, headers: found, bytes: Buffer.alloc(0), json: undefined });
      }
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(pieces);
        resolve({ status, headers: found, bytes, json: parsed(bytes) });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

interface Source {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

async function readEvents(
  { port, path, token }: Source,
  enough: (event: SentEvent) => boolean = () => false,
): Promise<SentEvent[]> {
  const left = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: left.signal,
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok || !response.body) throw new Error(await response.text());
  const found: SentEvent[] = [];
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = `${rest}${piece}`.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
      if (event === '') continue;
      found.push({ event, data: JSON.parse(data) as Record<string, unknown> });
    }
    const newest = found.at(-1);
    if (newest && enough(newest)) break;
  }
  left.abort();
  return found;
}
