/** A real coordinator with its HTTP port, and what tests ask it with. */
import { request as httpRequest } from 'node:http';
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
}

export interface HttpCluster {
  readonly cluster: RealCluster;
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
  return {
    cluster,
    port,
    ask: (path, asked) => ask(port, path, asked),
    events: (path, enough) => readEvents(port, path, enough),
  };
}

export function ask(port: number, path: string, asked: Asked = {}): Promise<HttpAnswer> {
  const { body, headers = {}, method = body === undefined ? 'GET' : 'POST' } = asked;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const own = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { ...own, ...headers } };
    const request = httpRequest({ ...options, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(pieces);
        const { statusCode: status = 0, headers: found } = response;
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

async function readEvents(
  port: number,
  path: string,
  enough: (event: SentEvent) => boolean = () => false,
): Promise<SentEvent[]> {
  const left = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: left.signal });
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
