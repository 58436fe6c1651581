/** Calls of every kind with messages, frames and headers that are wrong. */
import { deflateSync, gzipSync } from 'node:zlib';
import type { Draws } from '../draws.ts';
import { hostileTexts, mutated } from '../hostile.ts';
import type { Attack, Scene } from './scene.ts';
import { callsOf, type CallDescriptor } from './descriptors.ts';
import { validMessage } from './messages.ts';
import { framed, type Call, type Outcome } from './transport.ts';
import { encode, encodeHostile } from './wire.ts';

const MIB = 1024 * 1024;

const calls = {
  client: callsOf('Sampler'),
  worker: callsOf('Fleet'),
  http: callsOf('Sampler'),
} as const;

function anyCall(draws: Draws, { port }: Scene): CallDescriptor {
  return draws.pick(calls[port]);
}

function bytesFor(call: CallDescriptor, draws: Draws, scene: Scene): Buffer {
  return encode(call.request, validMessage(call.request, draws, scene.known));
}

/** Fields that are wrong in messages that are right. */
export const hostileFields: Attack = (draws, scene) => {
  const call = anyCall(draws, scene);
  const message = validMessage(call.request, draws, scene.known);
  const bytes = draws.chance(0.1)
    ? encode(call.request, message)
    : encodeHostile(call.request, message, draws);
  return ask(scene, call, { pieces: [framed(bytes)], ends: true });
};

/** Bytes that are no messages, or were some. */
export const brokenProtobuf: Attack = (draws, scene) => {
  const call = anyCall(draws, scene);
  const bytes = draws.chance(0.3)
    ? draws.bytes(draws.below(300))
    : mutated(bytesFor(call, draws, scene), draws);
  return ask(scene, call, { pieces: [framed(bytes)], ends: true });
};

/** The five bytes in front of a message, and what is behind them. */
export const brokenFraming: Attack = (draws, scene) => {
  const call = anyCall(draws, scene);
  const bytes = bytesFor(call, draws, scene);
  const encoding = draws.pick(['identity', 'gzip', 'deflate', 'br', 'x'.repeat(500)]);
  const bomb = () => (encoding === 'deflate' ? deflateSync : gzipSync)(Buffer.alloc(9 * MIB));
  const pieces = draws.pick<() => Buffer[]>([
    () => [framed(bytes, 1)],
    () => [framed(draws.pick([gzipSync(bytes), deflateSync(bytes)]), 1)],
    () => [framed(gzipSync(bytes).subarray(0, 12), 1)],
    () => [framed(bytes, draws.below(256))],
    () => [framed(bytes, 0, bytes.length + draws.pick([-1, 1, 100]))],
    () => [framed(bytes, 0, draws.pick([2 ** 32 - 1, 2 ** 31, 8 * MIB + 1, 8 * MIB]))],
    () => [framed(bytes).subarray(0, draws.below(5))],
    () => [framed(bytes), framed(bytes), framed(bytes)],
    () => [Buffer.concat(Array.from({ length: 500 }, () => framed(Buffer.alloc(0))))],
    () => Array.from(framed(bytes.subarray(0, 20)), (byte) => Buffer.of(byte)),
    () => (draws.chance(0.02) ? [framed(bomb(), 1)] : [framed(bytes, 1)]),
    () => (draws.chance(0.02) ? [framed(Buffer.alloc(9 * MIB))] : []),
    () => [],
  ])();
  const headers = { 'grpc-encoding': encoding };
  return ask(scene, call, { pieces, ends: draws.chance(0.8), headers });
};

/** Headers of one call, each as gRPC does not have it. */
export const brokenHeaders: Attack = (draws, scene) => {
  const call = anyCall(draws, scene);
  const headers = draws.pick<() => Record<string, string>>([
    () => ({ 'content-type': draws.pick(['', 'text/html', 'application/grpc+json', 'x/y']) }),
    () => ({ ':method': draws.pick(['GET', 'PUT', 'OPTIONS', 'TRACE', 'BREW']) }),
    () => ({ 'grpc-timeout': draws.pick(['', '1', 'x', '-5S', '99999999H', '0n', '1m', '5u']) }),
    () => ({ 'grpc-encoding': draws.pick(['gzip', '', 'nonsense']) }),
    () => ({ 'isochron-code': 'INTERNAL', 'bad-bin': '!!!', 'k-bin': 'AAAA,BBBB' }),
    () => ({ authorization: headerText(draws) }),
    () => ({ 'x-long': 'x'.repeat(draws.pick([1_000, 7_000, 9_000, 40_000])) }),
    () => Object.fromEntries(Array.from({ length: 300 }, (_, k) => [`x-${k}`, 'y'])),
    () => ({ 'user-agent': headerText(draws), te: draws.pick(['', 'gzip', 'trailers']) }),
    () => ({ ':authority': draws.pick(['', 'evil.example', '127.0.0.1:1', 'a'.repeat(300)]) }),
  ])();
  const pieces = [framed(bytesFor(call, draws, scene))];
  return ask(scene, call, { pieces, ends: true, headers });
};

function headerText(draws: Draws): string {
  const text = draws.pick(hostileTexts).slice(0, 2_000);
  // what HTTP/2's own library will send at all
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}

/** Calls that there are not. */
export const unknownCalls: Attack = (draws, scene) => {
  const path = draws.pick([
    '/',
    '//',
    '*',
    '/isochron.v1.Sampler/',
    '/isochron.v1.Sampler/Nothing',
    '/isochron.v1.Sampler/__proto__',
    '/isochron.v1.Sampler/constructor',
    '/__proto__/__proto__',
    '/isochron.v1.Fleet/Control',
    '/isochron.v1.Sampler/Submit?x=1',
    '/grpc.health.v1.Health/Check',
    '/grpc.health.v1.Health/Watch',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    `/${'a'.repeat(draws.pick([10, 3_000]))}`,
    '/../../etc/passwd',
  ]);
  const pieces = [framed(draws.bytes(draws.below(40)))];
  // some of them last as long as somebody listens
  return scene.call({ path, pieces, ends: true, leaveMs: 100 });
};

/** Calls that end in their middle. */
export const brokenOff: Attack = (draws, scene) => {
  const call = anyCall(draws, scene);
  const whole = framed(bytesFor(call, draws, scene));
  const pieces = draws.chance(0.7) ? [whole.subarray(0, draws.below(whole.length + 1))] : [whole];
  const resetCode = draws.pick([0, 1, 2, 5, 7, 8, 11, 13]);
  return ask(scene, call, { pieces, ends: false, resetCode });
};

/** Makes the call, and ends a job that it started. */
export async function ask(
  scene: Scene,
  target: CallDescriptor,
  call: Omit<Call, 'path'>,
): Promise<Outcome> {
  const { path, name } = target;
  const outcome = await scene.call({ path, ...call });
  const submits = name === 'Submit' || name === 'SubmitTrajectory';
  if (submits && outcome.kind === 'OK' && outcome.body.length > 5) {
    const { job } = target.decode(outcome.body.subarray(5)) as { readonly job: string };
    await scene.accepted(job);
  }
  return outcome;
}
