/**
 * Latents on the wire: little-endian float32, or float16 on request, with a checksum over the whole
 * tensor. A tensor above `limits.tensorPartBytes` is announced by its message and follows in parts
 * on the same stream, in the order of the fields; `splitLatents` and `LatentAssembler` are the two
 * ends of that.
 */
import { crc32 } from 'node:zlib';

import type { Latents, Latents__Output } from '../../proto/generated/isochron/v1/Latents.ts';
import { assert } from '../kernel/assert.ts';
import { limits } from '../kernel/limits.ts';
import { SamplerError } from './errors.ts';
import { failpoint } from './failpoints.ts';

const elementBytes = Float32Array.BYTES_PER_ELEMENT;

/** Most bytes of one tensor: what is announced is allocated before it arrives. */
export const latentBytesMax = limits.latentElementsMax * elementBytes;

/** Typed arrays have the host's order; every platform that ONNX Runtime has is little-endian. */
assert(new Uint8Array(Uint16Array.of(1).buffer)[0] === 1, 'the wire needs a little-endian host');

/** The whole tensor, as a view: `values` must not change until the message is serialised. */
export function encodeLatents(values: Float32Array): Latents {
  return encodeBytes(bytesOf(values));
}

/** Whatever numbers they are, in words of four bytes. */
export function encodeBytes(data: Uint8Array): Latents {
  checkLength(data.length);
  const sum = crc32(data);
  const sent = failpoint('wire.send')?.action === 'flip' ? flipped(data) : data;
  return { byteLength: sent.length, crc32: sum, data: sent };
}

/** For tests: what a broken wire, or a broken memory behind the checksum, makes of it. */
function flipped(data: Uint8Array): Uint8Array {
  const damaged = Buffer.from(data);
  damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
  return damaged;
}

/** A view. */
export function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** A view where the bytes are aligned, else a copy. */
export function floatsOf(data: Buffer): Float32Array {
  const length = Math.floor(data.length / elementBytes);
  if (data.byteOffset % elementBytes === 0) {
    return new Float32Array(data.buffer, data.byteOffset, length);
  }
  return new Float32Array(new Uint8Array(data).buffer, 0, length);
}

/** Checks and reads a complete tensor; a view of the message's bytes where they are aligned. */
export function decodeLatents(latents: Latents__Output): Float32Array {
  const data = decodeBytes(latents);
  if (!latents.half) return floatsOf(data);
  // views of a message are seldom aligned
  const { buffer } = Uint8Array.from(data);
  return Float32Array.from(new Float16Array(buffer));
}

/**
 * Half the bytes: numbers rounded to 11 bits, in place of the tensors they are announced with.
 * (An odd number of them gets one zero more, which the receiver's length check would refuse: the
 * wire's words are of four bytes, so such a tensor stays as it is.)
 */
export function halveLatents(announced: readonly Latents[]): void {
  for (const latents of announced) {
    const { data } = latents;
    if (!(data instanceof Uint8Array) || data.length % (2 * elementBytes) !== 0) continue;
    const floats = floatsOf(Buffer.from(data.buffer, data.byteOffset, data.length));
    const { buffer, byteLength } = Float16Array.from(floats);
    const half = Buffer.from(buffer, 0, byteLength);
    Object.assign(latents, { data: half, byteLength, crc32: crc32(half), half: true });
  }
}

/** Checks a complete tensor. */
export function decodeBytes(latents: Latents__Output): Buffer {
  const { byteLength, data } = latents;
  checkLength(byteLength);
  if (data.length !== byteLength) {
    const what = `latents announce ${byteLength} bytes and bring ${data.length}`;
    throw new SamplerError('SHAPE_MISMATCH', what);
  }
  const found = crc32(data);
  if (found !== latents.crc32) {
    const [has, wants] = [found, latents.crc32].map((sum) => sum.toString(16).padStart(8, '0'));
    throw new SamplerError(
      'CORRUPTED',
      `latents of ${byteLength} bytes arrived damaged: checksum ${has}, sent with ${wants}`,
    );
  }
  return data;
}

function checkLength(byteLength: number): void {
  if (byteLength % elementBytes !== 0) {
    const what = `latents of ${byteLength} bytes are no float32 numbers of ${elementBytes} bytes`;
    throw new SamplerError('SHAPE_MISMATCH', what);
  }
  if (byteLength > latentBytesMax) {
    const what = `latents of ${byteLength} bytes are above the limit of ${latentBytesMax}`;
    throw new SamplerError('SHAPE_MISMATCH', what);
  }
}

/** The big tensors leave their message; their bytes come back in the order they must follow in. */
export function splitLatents(announced: readonly Latents[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const latents of announced) {
    const { data } = latents;
    if (!(data instanceof Uint8Array) || data.length <= limits.tensorPartBytes) continue;
    for (let at = 0; at < data.length; at += limits.tensorPartBytes) {
      parts.push(data.subarray(at, at + limits.tensorPartBytes));
    }
    delete latents.data;
  }
  return parts;
}

interface Filling {
  readonly latents: Latents__Output;
  at: number;
}

/** A message of a data stream, of either direction. */
export interface Announcing {
  latentPart?: { data: Buffer } | null;
}

/** Puts the parts back into the message that announced them. One per stream. */
export class LatentAssembler<M extends Announcing> {
  readonly #announced: (message: M) => readonly Latents__Output[];
  #waiting: M | undefined;
  #filling: Filling[] = [];

  constructor(announced: (message: M) => readonly Latents__Output[]) {
    this.#announced = announced;
  }

  /** The message, once it is complete; throws what `decodeLatents` throws, for lengths. */
  push(message: M): M | undefined {
    const part = message.latentPart;
    if (part) return this.#add(part.data);
    if (this.#waiting !== undefined) {
      const [open] = this.#filling;
      const what = `${open?.at} of ${open?.latents.byteLength} bytes`;
      throw new SamplerError('SHAPE_MISMATCH', `a new message came after ${what} of latents`);
    }
    const missing = this.#announced(message).filter(isAnnouncedOnly);
    if (missing.length === 0) return message;
    // All lengths before the first allocation.
    for (const { byteLength } of missing) checkLength(byteLength);
    this.#filling = missing.map((latents) => {
      latents.data = Buffer.from(new ArrayBuffer(latents.byteLength));
      return { latents, at: 0 };
    });
    this.#waiting = message;
    return undefined;
  }

  #add(data: Buffer): M | undefined {
    const [open] = this.#filling;
    if (open === undefined) {
      throw new SamplerError('SHAPE_MISMATCH', 'a part of latents came that nothing announced');
    }
    const { latents, at } = open;
    if (data.length === 0 || at + data.length > latents.byteLength) {
      const what = `a part of ${data.length} bytes at ${at} of ${latents.byteLength}`;
      throw new SamplerError('SHAPE_MISMATCH', `${what}: it is empty or leaves its latents`);
    }
    latents.data.set(data, at);
    open.at += data.length;
    if (open.at < latents.byteLength) return undefined;
    this.#filling.shift();
    if (this.#filling.length > 0) return undefined;
    const complete = this.#waiting;
    this.#waiting = undefined;
    return complete;
  }
}

function isAnnouncedOnly({ byteLength, data }: Latents__Output): boolean {
  return byteLength > 0 && data.length === 0;
}
