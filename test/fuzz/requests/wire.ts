/** Protobuf as bytes, right or wrong: what no honest library would write. */
import type { Draws } from '../draws.ts';
import { hostileIntegers, hostileNumbers, hostileTexts, mutated } from '../hostile.ts';
import { camel, fieldsOf, type FieldDescriptor } from './descriptors.ts';

export type Message = Readonly<Record<string, unknown>>;

const NESTED_MAX = 4;
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5] as const;

/** A message as it should be, from camelCase fields. */
export function encode(name: string, message: Message): Buffer {
  const fields = fieldsOf(name).flatMap((field) => {
    const value = message[camel(field.name)];
    if (value === undefined || value === null) return [];
    const values = Array.isArray(value) ? (value as unknown[]) : [value];
    return values.map((one) => encodeField(field, one));
  });
  return Buffer.concat(fields);
}

/** The same with some of it made hostile. */
export function encodeHostile(name: string, message: Message, draws: Draws): Buffer {
  const fields = fieldsOf(name);
  const changes = 1 + draws.below(3);
  const pieces = [encode(name, message)];
  for (let k = 0; k < changes; k++) pieces.push(hostilePiece(fields, draws));
  const whole = Buffer.concat(pieces);
  return draws.chance(0.25) ? mutated(whole, draws) : whole;
}

/** The last of two values of a field counts, so that a piece at the end replaces one before. */
function hostilePiece(fields: readonly FieldDescriptor[], draws: Draws): Buffer {
  if (fields.length === 0 || draws.chance(0.1)) return unknownField(draws);
  const field = draws.pick(fields);
  if (draws.chance(0.1)) return wrongType(field, draws);
  const one = hostileField(field, draws, 0);
  if (field.label !== 'LABEL_REPEATED' || draws.chance(0.7)) return one;
  return Buffer.concat(Array.from({ length: draws.pick([2, 9, 1_100]) }, () => one));
}

function hostileField(field: FieldDescriptor, draws: Draws, depth: number): Buffer {
  if (field.type !== 'TYPE_MESSAGE') return encodeField(field, hostileValue(field, draws));
  const inner = fieldsOf(nameOf(field));
  if (depth >= NESTED_MAX) return lengthDelimited(field.number, Buffer.alloc(0));
  const own = inner.filter(() => draws.chance(0.5));
  const pieces = own.map((one) => hostileField(one, draws, depth + 1));
  return lengthDelimited(field.number, Buffer.concat(pieces));
}

function hostileValue({ type }: FieldDescriptor, draws: Draws): unknown {
  switch (type) {
    case 'TYPE_STRING':
      return draws.pick(hostileTexts);
    case 'TYPE_BYTES':
      return draws.bytes(draws.pick([0, 1, 3, 4, 5, 16, 257]));
    case 'TYPE_DOUBLE':
      return draws.pick(hostileNumbers);
    default:
      return draws.pick(hostileIntegers);
  }
}

function encodeField(field: FieldDescriptor, value: unknown): Buffer {
  const { number, type } = field;
  switch (type) {
    case 'TYPE_MESSAGE':
      return lengthDelimited(number, encode(nameOf(field), value as Message));
    case 'TYPE_STRING':
      return lengthDelimited(number, Buffer.from(value as string));
    case 'TYPE_BYTES':
      return lengthDelimited(number, Buffer.from(value as Uint8Array));
    case 'TYPE_DOUBLE': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(Number(value));
      return Buffer.concat([tag(number, FIXED64), bytes]);
    }
    case 'TYPE_FIXED32': {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(Number(BigInt.asUintN(32, BigInt(value as number))));
      return Buffer.concat([tag(number, FIXED32), bytes]);
    }
    default:
      return Buffer.concat([tag(number, VARINT), varint(integerOf(value))]);
  }
}

function integerOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? BigInt(value) : 1n;
}

function nameOf({ typeName }: FieldDescriptor): string {
  return typeName.split('.').at(-1) ?? typeName;
}

function tag(number: number, wireType: number): Buffer {
  return varint((BigInt(number) << 3n) | BigInt(wireType));
}

/** Negative ones take ten bytes, as protobuf has it. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

export function lengthDelimited(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([tag(number, LENGTH), varint(BigInt(bytes.length)), bytes]);
}

function wrongType({ number }: FieldDescriptor, draws: Draws): Buffer {
  const length = draws.pick(hostileIntegers);
  return draws.pick([
    () => Buffer.concat([tag(number, VARINT), varint(length)]),
    () => Buffer.concat([tag(number, FIXED64), draws.bytes(8)]),
    () => Buffer.concat([tag(number, FIXED32), draws.bytes(4)]),
    // a length that the message does not have
    () => Buffer.concat([tag(number, LENGTH), varint(length)]),
    // a number that never ends
    () => Buffer.concat([tag(number, VARINT), Buffer.alloc(12, 0xff)]),
    // a wire type that there is not
    () => tag(number, 6 + draws.below(2)),
  ])();
}

function unknownField(draws: Draws): Buffer {
  const number = draws.pick([0, 15, 159, 160, 999, 19_000, 536_870_911, 2 ** 31]);
  return draws.pick([
    () => lengthDelimited(number, draws.bytes(draws.below(64))),
    () => Buffer.concat([tag(number, VARINT), varint(draws.pick(hostileIntegers))]),
    // groups in groups, which a reader may follow by recursion; never closed, or all of them
    () => Buffer.alloc(draws.pick([10, 1_000, 100_000]), tag(15, 3)),
    () => {
      const depth = draws.pick([10, 1_000]);
      return Buffer.concat([Buffer.alloc(depth, tag(15, 3)), Buffer.alloc(depth, tag(15, 4))]);
    },
  ])();
}
