/** Streams whose messages are right one by one and wrong together. */
import { crc32 } from 'node:zlib';
import type { Draws } from '../draws.ts';
import { hostileIntegers, hostileNumbers, hostileTexts } from '../hostile.ts';
import { callsOf, fieldsOf, type CallDescriptor } from './descriptors.ts';
import { ask } from './grpc-cases.ts';
import { registration, validMessage } from './messages.ts';
import type { Attack, Scene } from './scene.ts';
import { framed } from './transport.ts';
import { encode, encodeHostile, type Message } from './wire.ts';

function callNamed(service: 'Sampler' | 'Fleet', name: string): CallDescriptor {
  const found = callsOf(service).find((call) => call.name === name);
  if (!found) throw new Error(`call: found no ${name} in the protos`);
  return found;
}

const upload = callNamed('Sampler', 'SubmitTrajectory');
const control = callNamed('Fleet', 'Control');
const data = callNamed('Fleet', 'Data');

/** Elements of a sample of mixture6. */
const DIM = 64;

/** Trajectories that are not what their head says, or come in another order. */
export const uploads: Attack = (draws, scene) => {
  const steps = 1 + draws.below(6);
  const request = {
    ...validMessage('SubmitRequest', draws, scene.known),
    ...(draws.chance(0.9) && { model: 'mixture6', solver: 'ddim', steps, samples: 1 }),
  };
  const states = Buffer.alloc(4 * DIM * (steps + 1));
  if (draws.chance(0.2)) states.writeFloatLE(draws.pick(hostileNumbers), 4 * draws.below(DIM));
  const head = {
    ...(draws.chance(0.95) && { request }),
    ...(draws.chance(0.95) && { source: draws.chance(0.8) ? request : {} }),
    byteLength: draws.chance(0.8) ? states.length : draws.pick(hostileIntegers),
    crc32: draws.chance(0.8) ? crc32(states) : draws.below(2 ** 31),
    verify: draws.chance(0.3),
  };
  const first = { head };
  const rest = piecesOf(states, draws).map((piece) => ({ states: piece }));
  const order = draws.pick<() => Message[]>([
    () => [first, ...rest],
    () => [first, ...rest],
    () => [first, ...rest],
    () => [...rest, first],
    () => [first, first, ...rest],
    () => [first],
    () => [first, ...rest, ...rest],
    () => [{}, first, ...rest],
    () => [first, { states: Buffer.alloc(0) }, ...rest],
  ])();
  const hostile = draws.chance(0.2);
  const pieces = order.map((piece) =>
    framed(
      hostile && draws.chance(0.5)
        ? encodeHostile('TrajectoryPiece', piece, draws)
        : encode('TrajectoryPiece', piece),
    ),
  );
  return ask(scene, upload, { pieces, ends: draws.chance(0.9) });
};

function piecesOf(bytes: Buffer, draws: Draws): Buffer[] {
  const size = draws.pick([bytes.length, 256, 100, 7 * 64]);
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, k) => bytes.subarray(k * size, (k + 1) * size));
}

/** What workers say on Control, in any order, any number of times. */
export const controlOrder: Attack = async (draws, scene) => {
  const messages = Array.from({ length: 1 + draws.below(6) }, () => anyControl(draws, scene));
  if (draws.chance(0.6)) messages.unshift({ register: registration(draws, scene.known) });
  if (draws.chance(0.05)) {
    messages.push(...Array.from({ length: 300 }, (_, k) => ({ heartbeat: { number: k } })));
  }
  return scene.call({
    path: control.path,
    pieces: messages.map((message) => framed(written('WorkerControl', message, draws))),
    ...ending(draws, 0.7),
  });
};

/** Most streams say that they are over; others are just left. */
function ending(draws: Draws, share: number): { ends: boolean; leaveMs?: number } {
  return draws.chance(share) ? { ends: true } : { ends: false, leaveMs: draws.below(20) };
}

function anyControl(draws: Draws, { known }: Scene): Message {
  return draws.pick<() => Message>([
    () => ({ register: registration(draws, known) }),
    () => ({ heartbeat: validMessage('Heartbeat', draws, known) }),
    () => ({ heartbeat: { progressAgeMs: draws.pick(hostileNumbers) } }),
    () => ({ draining: {} }),
    () => ({ measured: validMessage('Measured', draws, known) }),
    () => ({
      measured: {
        number: draws.below(4),
        latencyCurve: [{ batch: draws.pick(hostileIntegers), ms: draws.pick(hostileNumbers) }],
      },
    }),
    () => ({}),
  ])();
}

function written(name: string, message: Message, draws: Draws): Buffer {
  return draws.chance(0.25) ? encodeHostile(name, message, draws) : encode(name, message);
}

/** Registrations of models whose figures are nonsense. */
export const hostileModels: Attack = (draws, scene) => {
  const own = registration(draws, scene.known);
  const base = { ...scene.known.model, name: draws.pick(['fuzz', ...hostileTexts.slice(0, 10)]) };
  const model = encodeHostile('Model', base, draws);
  const register = Buffer.concat([
    encode('Register', { ...own, models: [] }),
    // field 4, already written
    Buffer.concat([Buffer.of((4 << 3) | 2), lengthOf(model), model]),
  ]);
  const message = Buffer.concat([Buffer.of((1 << 3) | 2), lengthOf(register), register]);
  return scene.call({
    path: control.path,
    pieces: [framed(message), framed(encode('WorkerControl', { heartbeat: { number: 1 } }))],
    ...ending(draws, 0.5),
  });
};

function lengthOf(bytes: Buffer): Buffer {
  const { length } = bytes;
  const parts: number[] = [];
  let left = length;
  for (; left > 127; left = Math.floor(left / 128)) parts.push((left % 128) | 128);
  return Buffer.from([...parts, left]);
}

const replies = fieldsOf('WorkerData').filter(({ type }) => type === 'TYPE_MESSAGE');

/** What workers say on Data: unknown ones, replies nobody asked for, fences that are off. */
export const dataOrder: Attack = (draws, scene) => {
  const attach = { attach: validMessage('Attach', draws, scene.known) };
  const messages = Array.from({ length: 1 + draws.below(4) }, () => anyReply(draws, scene));
  if (draws.chance(0.8)) messages.unshift(attach);
  return scene.call({
    path: data.path,
    pieces: messages.map((message) => framed(written('WorkerData', message, draws))),
    ...ending(draws, 0.7),
  });
};

export function anyReply(draws: Draws, { known }: Scene): Message {
  const field = draws.pick(replies);
  const name = field.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const type = field.typeName.split('.').at(-1) ?? '';
  return { [name]: withLatents(validMessage(type, draws, known)) };
}

/** Latents that pass their checksum, so that what they are about is looked at. */
function withLatents(message: Message): Message {
  return Object.fromEntries(Object.entries(message).map(([key, value]) => [key, repaired(value)]));
}

function repaired(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(repaired);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if ('byteLength' in value && 'crc32' in value) {
    const bytes = Buffer.alloc(4 * DIM);
    return { byteLength: bytes.length, crc32: crc32(bytes), data: bytes };
  }
  return withLatents(value as Message);
}
