/** Who gets an answer of a coordinator's HTTP port: by which names, with which tokens. */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { networkInterfaces } from 'node:os';

export interface Site {
  readonly port: number;
  /** Beyond loopback too. */
  readonly everywhere: boolean;
  /** PEM, where it speaks TLS. */
  readonly ca: string | undefined;
  /** By which it is called, as `--http-host` says. */
  readonly names: readonly string[];
  /** Of scope `metrics`. */
  readonly token: string;
}

interface Call {
  readonly path: string;
  readonly address: string;
  readonly host: string;
  readonly token?: string;
}

/** In its certificate: what a ServiceMonitor names as `serverName`. */
const SERVER_NAME = 'isochron';

/** Sentences about answers that are not as they should be. */
export async function unreachable(site: Site): Promise<string[]> {
  const pod = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address;
  const addresses = ['127.0.0.1', ...(site.everywhere && pod !== undefined ? [pod] : [])];
  const { token, names } = site;
  const calls: [status: number, call: Call][] = addresses.flatMap((address) => [
    // probes and Prometheus call a pod by its address
    [200, { path: '/readyz', address, host: address }],
    [200, { path: '/metrics', address, host: address, token }],
    [401, { path: '/metrics', address, host: address }],
    [403, { path: '/v1/jobs', address, host: address, token }],
    [421, { path: '/metrics', address, host: 'other.example', token }],
    ...names.map((host): [number, Call] => [200, { path: '/metrics', address, host, token }]),
  ]);
  const found = await Promise.all(
    calls.map(async ([wanted, call]) => {
      const status = await statusOf(site, call);
      const { path, address, host } = call;
      const what = `${path} at ${address} as ${host}${call.token ? ' with a token' : ''}`;
      return status === wanted ? [] : [`${what}: found ${status}, expected ${wanted}`];
    }),
  );
  return found.flat();
}

async function statusOf({ port, ca }: Site, { path, address, host, token }: Call): Promise<number> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { host: `${host}:${port}`, ...authorization };
  const where = { host: address, port, path, headers, agent: false };
  return new Promise((resolve, reject) => {
    const request =
      ca === undefined
        ? plainRequest(where)
        : tlsRequest({ ...where, ca, servername: SERVER_NAME });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}
