/** The HTTP port: what comes in is bounded, its caller known, and then a route answers it. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { z } from 'zod';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { TlsMaterial } from '../../../shared/protocol/access/tls-files.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { followFile } from '../auth/follow-file.ts';
import { openCalls, type OpenCalls } from '../auth/open-calls.ts';
import { authorize } from '../auth/policy.ts';
import type { Principal } from '../auth/principal.ts';
import type { Address } from '../listen.ts';
import { logInternal } from '../log-internal.ts';
import { withTraceParent } from '../tracing/trace-parent.ts';
import { securityHeaders } from './headers.ts';
import { hostCheck } from './hosts.ts';
import { HttpError } from './http-status.ts';
import { checked, queryOf, readJson } from './request-input.ts';
import type { Route, Site } from './route.ts';
import { createRouter, type Found } from './router.ts';
import { sendError, sendReply } from './send-reply.ts';

export interface HttpServerOptions {
  readonly site: Site;
  readonly routes: readonly Route[];
  readonly authenticator: Authenticator;
  /** Names that it may be called by, beside loopback ones and its own address. */
  readonly hosts: readonly string[];
  /** Certificate and key; absent: without TLS. */
  readonly tls?: TlsMaterial | undefined;
  readonly log: Logger;
}

export interface RunningHttpServer {
  readonly port: number;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/** Where no token is asked for, the caller may do nothing that takes one. */
const nobody: Principal = { name: 'nobody', tenant: '', scopes: new Set() };

/** Of routes that ask for nothing there. */
const noQuery = z.strictObject({});

interface Serving extends HttpServerOptions {
  readonly find: (method: string, path: string) => Found;
  readonly knows: ReturnType<typeof hostCheck>;
  readonly streams: { open: number };
  readonly calls: OpenCalls;
}

/** @throws SamplerError INVALID_REQUEST where nobody can listen there */
export async function startHttpServer(
  options: HttpServerOptions,
  { host, port }: Address,
): Promise<RunningHttpServer> {
  const serving: Serving = {
    ...options,
    find: createRouter(options.routes),
    knows: hostCheck([...options.hosts, host]),
    streams: { open: 0 },
    calls: openCalls(options.authenticator),
  };
  const bounds = {
    maxHeaderSize: limits.httpHeaderBytesMax,
    headersTimeout: limits.httpHeadersMs,
    requestTimeout: limits.httpRequestMs,
    keepAliveTimeout: limits.httpIdleMs,
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(serving, request, response);
  const { tls } = options;
  const server = tls ? secureServer(bounds, tls, listener) : createServer(bounds, listener);
  server.maxConnections = limits.httpConnectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unusable({ host, port }, error)));
    server.listen(port, host, resolve);
  });
  // a socket may break at any time, and nobody is to blame
  server.on('error', (error) => options.log.error({ err: error }, 'HTTP port'));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // event streams last as long as the process: nobody waits for them
        server.closeAllConnections();
      }),
  };
}

function secureServer(bounds: ServerOptions, tls: TlsMaterial, listener: RequestListener) {
  const server = createSecureServer({ ...bounds, ...tls.get() }, listener);
  const unfollow = followFile(tls, (options) => server.setSecureContext(options));
  server.once('close', unfollow);
  return server;
}

function unusable({ host, port }: Address, error: NodeJS.ErrnoException): SamplerError {
  const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
  const what = `--http-listen: cannot listen on ${host}:${port}: ${why}`;
  return new SamplerError('INVALID_REQUEST', `${what}; name another one, 0 picks one, off is none`);
}

async function answer(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  response.on('error', () => left.abort());
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  let openAi = false;
  try {
    const { url, path } = targetOf(serving, request);
    const { route, params } = serving.find(methodOf(request), path);
    openAi = route.openAi ?? false;
    const asked = { request, response, route, params, url, left: left.signal };
    const { traceparent } = request.headers;
    const parent = Array.isArray(traceparent) ? traceparent[0] : traceparent;
    await withTraceParent(parent, () => handle(serving, asked));
  } catch (error) {
    const about = { method: request.method, path: request.url?.split('?')[0] };
    // who breaks a request off is no fault of ours
    const plain = error instanceof HttpError || left.signal.aborted;
    const told = plain ? error : logInternal(serving.log, error, about);
    const { code } = sendError(response, told, openAi);
    serving.log.debug({ ...about, code }, 'HTTP request refused');
  }
}

function methodOf({ method = 'GET' }: IncomingMessage): string {
  return method === 'HEAD' ? 'GET' : method;
}

function targetOf({ knows }: Serving, request: IncomingMessage): { url: URL; path: string } {
  const { host } = request.headers;
  const target = request.url ?? '/';
  const url = URL.canParse(target, 'http://host') ? new URL(target, 'http://host') : undefined;
  if (!url) throw new HttpError('NOT_FOUND', 'path: found none that can be read');
  // probes know an address, and what they are told is no secret
  const probe = url.pathname === '/healthz' || url.pathname === '/readyz';
  if (probe || knows(host, request.socket.localAddress)) return { url, path: url.pathname };
  const text = `host: found ${JSON.stringify(host ?? '').slice(0, 100)}, expected a name of this`;
  throw new HttpError('MISDIRECTED_REQUEST', `${text} server: add it with --http-host NAME`);
}

interface Routed {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly url: URL;
  readonly left: AbortSignal;
}

async function handle(serving: Serving, routed: Routed): Promise<void> {
  const { site, authenticator, streams, calls } = serving;
  const { request, response, route, params, url } = routed;
  const revoked = new AbortController();
  const left = AbortSignal.any([routed.left, revoked.signal]);
  // first, so that who may not ask costs nothing more
  const caller = callerOf(authenticator, request, route);
  const given = queryOf(url.searchParams);
  const query = checked(route.query ?? noQuery, given, 'query');
  const body = route.body && (await readJson(request, route.body.bytesMax));
  const call = {
    ...{ site, caller, params, query, left },
    body: route.body ? checked(route.body.schema, body, 'body') : undefined,
    accept: request.headers.accept ?? '',
  };
  const reply = await route.handle(call);
  const { status = 200 } = route;
  if (reply.kind !== 'events') return sendReply(response, reply, { status, left });
  if (streams.open >= limits.httpStreamsMax) {
    const text = `found ${streams.open} open event streams, at most so many may be`;
    throw new SamplerError('OVERLOADED', `${text}: close one, or try again later`);
  }
  streams.open++;
  const end = (error: SamplerError): void => revoked.abort(error);
  const shown = route.scope !== 'none';
  const unfollow = shown ? calls.follow(request.headers.authorization, caller, end) : undefined;
  try {
    await sendReply(response, reply, { status, left });
  } finally {
    unfollow?.();
    streams.open--;
  }
}

function callerOf(
  authenticator: Authenticator,
  { headers }: IncomingMessage,
  { scope, method, path }: Route,
): Principal {
  if (scope === 'none') return nobody;
  const caller = authenticator.authenticate(headers.authorization);
  authorize(caller, scope, `${method} ${path}`);
  return caller;
}
