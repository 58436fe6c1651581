/** The little of protobuf's wire format that looking into a file takes. */

/** The bytes are no whole message. */
export class Malformed extends Error {}

/** Bytes of a message within its file. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

export interface Payload {
  readonly next: number;
  readonly number?: number;
  readonly message?: Range;
}

export function payload(bytes: Uint8Array, at: number, end: number, wireType: number): Payload {
  switch (wireType) {
    case 0: {
      const { value, next } = varint(bytes, at, end);
      return { number: value, next };
    }
    case 1:
      return { next: within(at + 8, end) };
    case 2: {
      const { value, next } = varint(bytes, at, end);
      return { message: { begin: next, end: next + value }, next: within(next + value, end) };
    }
    case 5:
      return { next: within(at + 4, end) };
    default:
      throw new Malformed(`byte ${at - 1} starts no field`);
  }
}

/** Values above 2^53 lose bits here, harmlessly: a length that large fails `within` anyway. */
export function varint(
  bytes: Uint8Array,
  at: number,
  end: number,
): { value: number; next: number } {
  let value = 0;
  for (let position = at, scale = 1; position < at + 10; position++, scale *= 128) {
    const byte = bytes[position];
    if (position >= end || byte === undefined) throw new Malformed(`it ends at byte ${end}`);
    value += (byte % 128) * scale;
    if (byte < 128) return { value, next: position + 1 };
  }
  throw new Malformed(`byte ${at} starts a number that never ends`);
}

function within(next: number, end: number): number {
  if (next <= end) return next;
  throw new Malformed(`it should go on to byte ${next} and ends at byte ${end}`);
}

export interface Field extends Payload {
  readonly field: number;
}

/** The fields of one message, in order. */
export function* fieldsOf(bytes: Uint8Array, { begin, end }: Range): Generator<Field> {
  let at = begin;
  while (at < end) {
    const tag = varint(bytes, at, end);
    const value = payload(bytes, tag.next, end, tag.value % 8);
    yield { field: Math.floor(tag.value / 8), ...value };
    at = value.next;
  }
}
