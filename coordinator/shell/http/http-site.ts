/** The HTTP port of a coordinator: what its routes work with, and where it listens. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { limits } from '../../../shared/kernel/limits.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { checkBind, parseAddress, type Address } from '../listen.ts';
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
  readonly metrics?: MetricsPage | undefined;
  readonly httpTls?: HttpServerOptions['tls'];
}

/** Undefined where there is to be none. @throws SamplerError INVALID_REQUEST */
export function httpAddress(
  { httpListen = 'off', httpHosts = [] }: HttpOptions,
  insecure: boolean,
): Address | undefined {
  if (httpListen === 'off') return undefined;
  if (httpHosts.length > limits.httpHostsMax) {
    const text = `--http-host: found ${httpHosts.length} names, expected at most`;
    throw new SamplerError('INVALID_REQUEST', `${text} ${limits.httpHostsMax}`);
  }
  const address = parseAddress('--http-listen', httpListen);
  checkBind('--http-listen', address, insecure);
  return address;
}

export interface HttpSite {
  readonly server: RunningHttpServer;
  /** From now on probes are told to look elsewhere. */
  stopServing(): void;
}

export interface SiteOptions {
  readonly service: SamplerService;
  readonly authenticator: Authenticator;
  readonly log: Logger;
}

export async function startHttpSite(
  { service, authenticator, log }: SiteOptions,
  options: HttpOptions,
  address: Address,
): Promise<HttpSite> {
  let serving = true;
  const site = {
    service,
    ready: () => serving,
    metrics: options.metrics,
    dashboardDir: options.dashboardDir ?? join(packageRoot(), 'dist', 'dashboard'),
    describe: () => openApi(routes),
  };
  const hosts = options.httpHosts ?? [];
  const tls = options.httpTls;
  const server = await startHttpServer({ site, routes, authenticator, hosts, tls, log }, address);
  return {
    server,
    stopServing() {
      serving = false;
    },
  };
}
