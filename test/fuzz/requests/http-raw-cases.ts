/** Bytes that are nearly HTTP/1.1: bodies that lie about their length, floods, smuggling. */
import { mutated } from '../hostile.ts';
import type { Attack, Scene } from './scene.ts';

const MIB = 1024 * 1024;
const good = '{"model":"mixture6","solver":"ddim","steps":4}';

/** A head with the scene's token; lines as they are given. */
function head(scene: Scene, start: string, ...lines: string[]): string {
  const token = scene.authorization === undefined ? [] : [`authorization: ${scene.authorization}`];
  return [start, 'host: localhost', ...token, ...lines, '', ''].join('\r\n');
}

function post(scene: Scene, path: string, ...lines: string[]): string {
  return head(scene, `POST ${path} HTTP/1.1`, 'content-type: application/json', ...lines);
}

function get(scene: Scene, path: string, ...lines: string[]): string {
  return head(scene, `GET ${path} HTTP/1.1`, ...lines);
}

function sent(scene: Scene, ...pieces: readonly (Buffer | string)[]) {
  const bytes = pieces.map((piece) => Buffer.from(piece as string, 'latin1'));
  return scene.exchange({ pieces: bytes, pauseMs: 0, waitMs: 15 });
}

function chunk(text: string, size = text.length.toString(16)): string {
  return `${size}\r\n${text}\r\n`;
}

/** Plans take a body, and leave nothing behind. */
const plan = '/v1/plan';

export const brokenChunks: Attack = (draws, scene) => {
  const begin = post(scene, plan, 'transfer-encoding: chunked');
  const sizes = [
    '',
    '-1',
    'g',
    '0x10',
    'ffffffffffffffff',
    '7fffffff',
    '1 ',
    '1;a=b',
    '00000000001',
  ];
  const size = good.length.toString(16);
  const body = draws.pick<() => string>([
    () => chunk(good, draws.pick(sizes)),
    () => chunk(good),
    () => `${chunk(good)}0\r\n\r\n`,
    () => `${chunk(good)}0\r\nx: y\r\n${'z: 1\r\n'.repeat(draws.pick([1, 500]))}\r\n`,
    () => `${(good.length + 5).toString(16)}\r\n${good}\r\n0\r\n\r\n`,
    () => `${chunk(good, `${size};${'x'.repeat(draws.pick([10, 20_000]))}`)}0\r\n\r\n`,
    () => `${Array.from(good, (letter) => chunk(letter)).join('')}0\r\n\r\n`,
    () => chunk(good).replaceAll('\r\n', '\n'),
    () => '0\r\n'.repeat(200),
  ])();
  return sent(scene, begin, draws.chance(0.3) ? mutated(Buffer.from(body), draws) : body);
};

/** Two lengths, or none: what a proxy in front would read another way. */
export const smuggled: Attack = (draws, scene) => {
  const second = get(scene, '/v1/load');
  const lines = draws.pick([
    [`content-length: ${good.length}`, 'transfer-encoding: chunked'],
    ['content-length: 4', `content-length: ${good.length}`],
    ['content-length: 4, 4'],
    ['content-length: +4'],
    ['content-length: 0x4'],
    ['content-length: -1'],
    ['content-length : 4'],
    ['transfer-encoding: chunked, identity'],
    ['transfer-encoding: xchunked'],
    ['transfer-encoding: chunked', 'transfer-encoding: chunked'],
    ['transfer-encoding:\u000bchunked'],
    ['x: y\nsplit: z'],
    ['x: y\rsplit: z'],
    ['x: \0'],
    [' folded: line'],
    ['no colon'],
    [': no name'],
    ['host: evil.example'],
  ]);
  return sent(scene, post(scene, plan, ...lines), chunk(good), '0\r\n\r\n', second);
};

/** Many requests before the first answer; some of them wrong. */
export const pipelined: Attack = (draws, scene) => {
  const wholes = Array.from({ length: draws.pick([2, 10, 40]) }, () =>
    draws.pick([
      get(scene, '/v1/load'),
      get(scene, '/healthz'),
      get(scene, '/v1/nothing'),
      `${post(scene, plan, `content-length: ${good.length}`)}${good}`,
      `${post(scene, plan, 'content-length: 2')}{}`,
      head(scene, 'HEAD /v1/jobs HTTP/1.1'),
      get(scene, '/v1/activity'),
    ]),
  );
  const bytes = Buffer.from(wholes.join(''), 'latin1');
  return sent(scene, draws.chance(0.3) ? mutated(bytes, draws) : bytes);
};

/** A byte now and then, and never the last one. */
export const slowBody: Attack = (draws, scene) => {
  const begin = post(scene, plan, `content-length: ${good.length}`);
  const whole = Buffer.from(draws.chance(0.5) ? `${begin}${good}` : begin, 'latin1');
  const cuts = Array.from({ length: 6 }, () => draws.below(whole.length)).sort((a, b) => a - b);
  const pieces = cuts.map((at, k) => whole.subarray(cuts[k - 1] ?? 0, at));
  return scene.exchange({ pieces, pauseMs: 20 + draws.below(80), waitMs: 50 });
};

const bombs: readonly ((size: number) => Buffer)[] = [
  (size) => Buffer.alloc(size, ' '),
  (size) => Buffer.alloc(size, '['),
  (size) => Buffer.from(`{"prompt":"${'x'.repeat(size)}"}`),
  (size) => Buffer.from(`[${'0,'.repeat(size / 2)}0]`),
  (size) => Buffer.from(`[${'{},'.repeat(size / 3)}0]`),
  (size) => Buffer.from(`{${Array.from({ length: size / 16 }, (_, k) => `"k${k}":0`).join()}}`),
];

/** Announced beyond the bound, sent beyond it, or as much as may be of what is nothing. */
export const hugeBodies: Attack = (draws, scene) => {
  const path = draws.pick(['/v1/plan', '/v1/images/generations', '/v1/jobs', '/v1/samples']);
  const announced = draws.pick([MIB + 1, 16 * MIB + 1, 2 ** 31, 2 ** 53, 2 ** 64]);
  if (draws.chance(0.9))
    return sent(scene, post(scene, path, `content-length: ${announced}`), good);
  const size = draws.pick([MIB, MIB, 4 * MIB, 16 * MIB - 64, 17 * MIB]);
  const body = draws.pick(bombs)(size);
  const begin = post(scene, path, 'transfer-encoding: chunked');
  const framed = [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
  const pieces = [begin, ...framed].map((piece) => Buffer.from(piece as string));
  return scene.exchange({ pieces, pauseMs: 0, waitMs: 200 });
};

/** What is no request at all. */
export const noHttp: Attack = (draws, scene) => {
  const whole = Buffer.from(get(scene, '/v1/load'), 'latin1');
  const piece = draws.pick<() => Buffer | string>([
    () => 'GET /\r\n\r\n',
    () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    () => draws.bytes(draws.below(500)),
    () => mutated(whole, draws),
    () => mutated(whole, draws),
    () => get(scene, `/${'a'.repeat(draws.pick([7_000, 9_000, 70_000]))}`),
    () =>
      get(scene, draws.pick(['*', 'http://evil.example/v1/load', '/v1/load#x', '//', '/%', 'x'])),
    () =>
      head(
        scene,
        draws.pick(['GET /v1/load HTTP/9.9', 'GET  /v1/load HTTP/1.1', 'CONNECT a:1 HTTP/1.1']),
      ),
    () =>
      get(scene, '/v1/load', 'connection: upgrade', 'upgrade: websocket').replace(
        'HTTP/1.1',
        'HTTP/1.0',
      ),
    () => get(scene, '/v1/load', ...Array.from({ length: 3_000 }, (_, k) => `x${k}: y`)),
    () => Buffer.alloc(70_000, 'A'),
    () => '\r\n'.repeat(5_000),
    () => '',
  ])();
  return sent(scene, piece);
};
