/** The HTTP port of a coordinator: what its routes work with, and where it listens. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { checkBind, parseAddress, type Address, type BindPolicy } from '../listen.ts';
import type { SamplerService } from '../sampler-service.ts';
import { startHttpServer, type HttpServerOptions, type RunningHttpServer } from './http-server.ts';
import { openApi } from './openapi.ts';
import type { MetricsPage } from './route.ts';
import { routes } from './routes.ts';

export interface HttpOptions {
  /** HOST:PORT, or `off`; default off. */
  readonly httpListen?: string | undefined;
  /** Names that it may be called by, beside loopback ones and its own address. */
  readonly httpHosts?: readonly string[] | undefined;
  /** Of the built dashboard; default that of this package. */
  readonly dashboardDir?: string | undefined;
}

/** As it is entered. */
export type HttpDoor = Pick<HttpServerOptions, 'authenticator' | 'hosts' | 'tls'> & {
  readonly address: Address;
};

/** Undefined where there is to be none. @throws SamplerError INVALID_REQUEST */
export function httpAddress(
  { httpListen = 'off', httpHosts = [] }: HttpOptions,
  policy: BindPolicy,
): Address | undefined {
  if (httpListen === 'off') return undefined;
  if (httpHosts.length > limits.httpHostsMax) {
    const text = `--http-host: found ${httpHosts.length} names, expected at most`;
    throw new SamplerError('INVALID_REQUEST', `${text} ${limits.httpHostsMax}`);
  }
  const address = parseAddress('--http-listen', httpListen);
  checkBind('--http-listen', address, policy);
  return address;
}

export interface HttpSite {
  readonly server: RunningHttpServer;
  /** From now on probes are told to look elsewhere. */
  stopServing(): void;
}

export interface SiteOptions {
  readonly service: SamplerService;
  readonly metrics: MetricsPage;
  readonly log: Logger;
  readonly dashboardDir: string | undefined;
}

export async function startHttpSite(
  { service, metrics, log, dashboardDir }: SiteOptions,
  { address, ...door }: HttpDoor,
): Promise<HttpSite> {
  let serving = true;
  // made once: whoever asks needs no token, and it takes 50 ms
  let description: object | undefined;
  const site = {
    service,
    ready: () => serving,
    metrics,
    dashboardDir: dashboardDir ?? join(packageRoot(), 'dist', 'dashboard'),
    describe: () => (description ??= openApi(routes)),
  };
  const server = await startHttpServer({ site, routes, log, ...door }, address);
  return {
    server,
    stopServing() {
      serving = false;
    },
  };
}
