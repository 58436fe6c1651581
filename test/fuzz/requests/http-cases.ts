/** Requests to every HTTP route, each with something wrong in it; the routes are the table's. */
import { METHODS } from 'node:http';
import type { Route } from '../../../coordinator/shell/http/route.ts';
import { routes } from '../../../coordinator/shell/http/routes.ts';
import type { Draws } from '../draws.ts';
import { hostileIntegers, hostileTexts } from '../hostile.ts';
import { goodBody, hostileBody } from './json-bodies.ts';
import { valueNamed } from './messages.ts';
import type { Attack, Scene } from './scene.ts';
import type { HttpAsk } from './http-transport.ts';
import type { Outcome } from './transport.ts';

/** Where an answer takes as long as its job, the caller leaves: so much of it is enough. */
const STAY_MS = 60;
const json = { 'content-type': 'application/json' };

const withBody = routes.filter(({ body }) => body);
const streams = routes.filter(({ replies }) => replies.some(({ events }) => events));
const generators = routes.filter(({ name }) => name.startsWith('generate'));

/** Only a submission answers with a job that is to be ended. */
const submit = routes.find(({ method, path }) => method === 'POST' && path === '/v1/jobs');

function isLasting(route: Route): boolean {
  return streams.includes(route) || generators.includes(route);
}

/** The path of a route, with names that there are, or such as no name is. */
function pathOf({ path }: Route, draws: Draws, scene: Scene, hostile = 0): string {
  return path.replaceAll(/\{\*?(\w+)\}/g, (_, name: string) => {
    if (draws.chance(hostile)) return hostilePart(draws);
    const known = valueNamed(name, draws, scene.known);
    return encodeURIComponent(typeof known === 'string' ? known : draws.below(3));
  });
}

function hostilePart(draws: Draws): string {
  return draws.pick<() => string>([
    () => encodeURIComponent(draws.pick(hostileTexts).slice(0, 900).toWellFormed()),
    () => draws.pick(['%00', '%ff', '%c0%af', '%', '%2', '..', '%2e%2e', '..%2f..%2fpackage.json']),
    () => draws.pick(['..%5c..%5cpackage.json', 'a%00.png', '-1', '0x1', '1e3', '%31', ';', '*']),
    () => 'a'.repeat(draws.pick([128, 1_000, 6_000])),
    () => '%41'.repeat(draws.pick([10, 2_000])),
  ])();
}

function queryOf(draws: Draws): string {
  const names = ['limit', 'before', 'client', 'previews', 'trace', '__proto__', 'x', ''];
  const value = (): string => {
    const text = draws.chance(0.5) ? String(draws.pick(hostileIntegers)) : draws.pick(hostileTexts);
    return encodeURIComponent(text.slice(0, 300).toWellFormed());
  };
  const count = draws.pick([0, 1, 1, 2, 3, 200]);
  const pairs = Array.from({ length: count }, () => `${draws.pick(names)}=${value()}`);
  return pairs.length === 0
    ? ''
    : `?${pairs.join(draws.pick(['&', '&', '&&', ';'])).slice(0, 6_000)}`;
}

/** Documents that are wrong, to routes that take some. */
export const hostileBodies: Attack = async (draws, scene) => {
  const route = draws.pick(withBody);
  const body = hostileBody(goodBody(route, draws, scene.known), draws);
  return ask(scene, route, { method: route.method, target: route.path, headers: json, body });
};

/** Names and queries that are none. */
export const hostilePaths: Attack = async (draws, scene) => {
  const route = draws.pick(routes);
  const target = `${pathOf(route, draws, scene, 0.6)}${draws.chance(0.7) ? queryOf(draws) : ''}`;
  return ask(scene, route, { method: route.method, target });
};

/** Methods that a route does not have, and routes that there are not. */
export const wrongMethods: Attack = async (draws, scene) => {
  const route = draws.pick(routes);
  const strange = ['/v1', '/v1/', '/v1/nothing', '/V1/LOAD', '//v1/load', '/v1/load/', '/assets/'];
  const target = draws.chance(0.7) ? pathOf(route, draws, scene) : draws.pick(strange);
  // connections that become something else are the business of `raw`
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  const method = draws.chance(0.3) ? 'HEAD' : draws.pick(methods);
  return ask(scene, route, { method, target });
};

/** Headers of one request, each as HTTP does not have it, or as an attacker would. */
export const hostileHeaders: Attack = async (draws, scene) => {
  const route = draws.pick(routes);
  const long = 'x'.repeat(draws.pick([1_000, 7_000, 9_000, 40_000]));
  const types = ['', 'text/plain', 'application/json; charset=utf-16', 'application/jsonx', '*/*'];
  const hosts = ['', 'evil.example', '127.0.0.1:1', '[::1', '127.0.0.1.', '0', 'localhost@evil'];
  const headers = draws.pick<() => Record<string, string>>([
    () => ({ host: draws.pick([...hosts, 'a'.repeat(300)]) }),
    () => ({ 'content-type': draws.pick(types) }),
    () => ({ 'content-encoding': draws.pick(['gzip', 'br', 'identity', 'x']) }),
    () => ({ 'content-length': draws.pick(['0', '1', '5', '99999999', '9007199254740993']) }),
    () => ({ authorization: headerText(draws) }),
    () => ({ authorization: `Bearer ${headerText(draws)}` }),
    () => ({ 'x-long': long }),
    () => Object.fromEntries(Array.from({ length: 300 }, (_, k) => [`x-${k}`, 'y'])),
    () => ({ traceparent: draws.pick(['', '00-', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`]) }),
    () => ({ accept: headerText(draws), origin: 'http://evil.example', cookie: headerText(draws) }),
    () => ({ expect: draws.pick(['100-continue', 'nonsense']) }),
    () => ({ upgrade: draws.pick(['h2c', 'websocket']), connection: 'upgrade' }),
    () => ({ 'x-http-method-override': 'DELETE', 'x-forwarded-host': 'evil.example' }),
    () => ({ range: 'bytes=0-0,1-1,2-', 'if-none-match': '*' }),
  ])();
  const body = route.body && Buffer.from(JSON.stringify(goodBody(route, draws, scene.known)));
  const target = pathOf(route, draws, scene);
  const asked = { method: route.method, target, headers: { ...json, ...headers }, alone: true };
  return ask(scene, route, { ...asked, ...(body && { body }) });
};

function headerText(draws: Draws): string {
  // what Node's own client will send at all
  return draws
    .pick(hostileTexts)
    .slice(0, 2_000)
    .replaceAll(/[^\x20-\x7e]/g, '?');
}

/** Streams that nobody reads, for a while. */
export const unreadStreams: Attack = async (draws, scene) => {
  const route = draws.pick([...streams, ...streams, ...routes]);
  const query = streams.includes(route) && draws.chance(0.7) ? '?previews=1&trace=1' : '';
  const target = `${pathOf(route, draws, scene)}${query}`;
  const leaveMs = draws.pick([0, 5, 50, 300]);
  const method = draws.chance(0.9) ? route.method : 'HEAD';
  return ask(scene, route, { method, target, deaf: true, leaveMs });
};

/** Asks, and ends a job that was made by it. */
async function ask(scene: Scene, route: Route, asked: HttpAsk): Promise<Outcome> {
  // what announces more than it sends is waited for
  const waits = isLasting(route) || asked.headers?.['content-length'] !== undefined;
  const lasting = waits && asked.leaveMs === undefined;
  const outcome = await scene.http({ ...asked, ...(lasting && { leaveMs: STAY_MS }) });
  if (route === submit) await endJob(scene, outcome);
  else if (route.name === 'generateSamples' && !outcome.kind.startsWith('HTTP 4')) {
    await endNamed(scene, asked);
  }
  return outcome;
}

async function endJob(scene: Scene, { kind, body }: Outcome): Promise<void> {
  if (kind !== 'HTTP 202') return;
  const { job } = JSON.parse(body.toString('utf8')) as { readonly job: string };
  await scene.accepted(job);
}

/** A job with a key of its own goes on when its caller leaves: who asks again has its id. */
async function endNamed(scene: Scene, asked: HttpAsk): Promise<void> {
  if (!asked.body?.includes('idempotencyKey')) return;
  await endJob(scene, await scene.http({ ...asked, target: '/v1/jobs' }));
}
