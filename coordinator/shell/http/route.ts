/** What a route is: dispatch, authorisation and description follow from the table of them. */
import type { z } from 'zod';
import type { Principal, Scope } from '../auth/principal.ts';
import type { SamplerService } from '../sampler-service.ts';

export type HttpMethod = 'GET' | 'POST';

/** What handlers work with. */
export interface Site {
  readonly service: SamplerService;
  /** Jobs are taken. */
  readonly ready: () => boolean;
  /** The text of `/metrics`; undefined where nobody counts. */
  readonly metrics: MetricsPage | undefined;
  /** Of the built dashboard. */
  readonly dashboardDir: string;
  /** Of all routes. */
  readonly describe: () => object;
}

export interface MetricsPage {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

export interface Call<Query, Body> {
  readonly site: Site;
  readonly caller: Principal;
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Of the request. */
  readonly accept: string;
  /** The caller is gone, or has all of the answer. */
  readonly left: AbortSignal;
}

export type Reply =
  | { readonly kind: 'json'; readonly status?: number; readonly body: unknown }
  | {
      readonly kind: 'bytes';
      readonly type: string;
      readonly bytes: Uint8Array | string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Sent as it is made; what fails before its first piece has a status. */
  | { readonly kind: 'stream'; readonly type: string; readonly pieces: AsyncIterable<Piece> }
  | { readonly kind: 'events'; readonly events: AsyncIterable<ServerEvent> };

export type Piece = Uint8Array | string;

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface ReplyDescription {
  readonly type: string;
  readonly description: string;
  /** Of the body, or of what an event of this name has; none of bytes. */
  readonly schema?: z.ZodType;
  readonly events?: Readonly<Record<string, z.ZodType>>;
}

export interface BodyDescription<Body> {
  readonly schema: z.ZodType<Body>;
  /** Refused beyond it, before it is read. */
  readonly bytesMax: number;
}

export interface RouteOptions<Query, Body> {
  readonly method: HttpMethod;
  /** With names in braces for its variable parts. */
  readonly path: string;
  /** What the caller's token must have; `none` where no token is asked for. */
  readonly scope: Scope | 'none';
  readonly name: string;
  readonly description: string;
  /** Of the variable parts of the path. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: z.ZodType<Query>;
  readonly body?: BodyDescription<Body>;
  /** What an answer is that is no error. */
  readonly status?: number;
  readonly replies: readonly ReplyDescription[];
  /** Errors have the form of OpenAI's. */
  readonly openAi?: boolean;
  readonly handle: (call: Call<Query, Body>) => Reply | Promise<Reply>;
}

export type Route = RouteOptions<unknown, unknown>;

/** The handler sees what its schemas let through, whatever they are. */
export function route<Query, Body>(options: RouteOptions<Query, Body>): Route {
  const { query, body, handle, ...same } = options;
  return {
    ...same,
    ...(query && { query }),
    ...(body && { body }),
    // what it is called with comes out of these very schemas
    handle: (call) => handle(call as Call<Query, Body>),
  };
}
