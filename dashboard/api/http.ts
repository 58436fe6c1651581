/** Calls to the coordinator that served this page. */
import { createEventParser } from './event-stream.ts';
import type { ServerEvent } from './event-stream.ts';
import { isRecord } from './read-as.ts';
import { currentToken } from './token.ts';

/** The server's own words about what went wrong. */
export class CallError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Longer silence than this on a stream is a lost connection: a comment comes every 15 s. */
const SILENCE_MS = 45_000;
const CALL_MS = 30_000;

/** A JSON reply. @throws CallError: UNREACHABLE where nothing answered */
export async function call(path: string, options: { body?: unknown; method?: string } = {}) {
  const { body, method = body === undefined ? 'GET' : 'POST' } = options;
  const response = await answer(path, {
    method,
    signal: AbortSignal.timeout(CALL_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
  });
  return (await response.json()) as unknown;
}

/** A reply that is a file. */
export async function download(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  const response = await answer(path, signal ? { signal } : {});
  return response.arrayBuffer();
}

/** Every event of a stream until it ends; resolves when the server has ended it. */
export async function listen(
  path: string,
  signal: AbortSignal,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const silence = new AbortController();
  const both = AbortSignal.any([signal, silence.signal]);
  const response = await answer(path, { signal: both, headers: { Accept: 'text/event-stream' } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parse = createEventParser(onEvent);
  for (;;) {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const piece = await reader?.read();
      if (!piece || piece.done) return;
      parse(piece.value);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new CallError('UNREACHABLE', 'the connection to the coordinator broke');
    } finally {
      clearTimeout(timer);
    }
  }
}

async function answer(path: string, options: RequestInit): Promise<Response> {
  const token = currentToken();
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  const safe = { cache: 'no-store', credentials: 'omit', redirect: 'error' } as const;
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers, ...safe });
  } catch (error) {
    if (options.signal?.aborted && error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw new CallError('UNREACHABLE', 'the coordinator does not answer');
  }
  if (response.ok) return response;
  throw await refusal(response);
}

async function refusal(response: Response): Promise<CallError> {
  const fallback = response.status === 401 ? 'UNAUTHENTICATED' : 'INTERNAL';
  try {
    const body: unknown = await response.json();
    const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
    const { code, message } = error;
    return new CallError(
      response.status === 401 ? 'UNAUTHENTICATED' : typeof code === 'string' ? code : fallback,
      typeof message === 'string' ? message : `HTTP ${response.status}`,
    );
  } catch {
    return new CallError(fallback, `HTTP ${response.status} ${response.statusText}`);
  }
}
