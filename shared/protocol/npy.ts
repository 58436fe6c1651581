/**
 * NumPy's NPY files, bytes in and bytes out.
 *
 *   \x93NUMPY  major  minor  header length  header, padded to 64  data
 *
 * The header is a Python dict literal with the keys descr, fortran_order and shape. We write
 * version 1.0, little-endian, C order, and read versions 1.0 to 3.0 of the same.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * Files come from users, so nothing is allocated before the length of the input has confirmed the
 * declared shape, and an object array, which is a pickle, is refused and never looked into.
 */
import { assert, unreachable } from '../kernel/assert.ts';

export type NpyData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** `data` is in C order. float16 is widened to float32, which is exact. */
export type NpyArray = { readonly shape: readonly number[] } & (
  | { readonly dtype: 'float32' | 'float16'; readonly data: Float32Array }
  | { readonly dtype: 'float64'; readonly data: Float64Array }
  | { readonly dtype: 'int32'; readonly data: Int32Array }
  | { readonly dtype: 'int64'; readonly data: BigInt64Array }
  | { readonly dtype: 'uint8'; readonly data: Uint8Array }
);

export interface NpyLimits {
  /** NumPy's own `max_header_size`. */
  readonly headerBytesMax: number;
  readonly dataBytesMax: number;
  readonly rankMax: number;
}

const DEFAULT_LIMITS: NpyLimits = { headerBytesMax: 10_000, dataBytesMax: 2 ** 31, rankMax: 32 };

/** The input is not an NPY file that we read; the message says what was found and expected. */
export class NpyError extends Error {
  override readonly name = 'NpyError';
}

const MAGIC = '\x93NUMPY';
const ALIGNMENT = 64;
/** NumPy leaves room for the first dimension to grow to this many digits; so do we. */
const FIRST_DIMENSION_DIGITS = 21;
const READABLE = 'float16, float32, float64, int32, int64 or uint8';
const ELEMENT_BYTES = { '<f2': 2, '<f4': 4, '<f8': 8, '<i4': 4, '<i8': 8, '|u1': 1 } as const;

type Descr = keyof typeof ELEMENT_BYTES;

/** Of what we write. */
const DESCR = {
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
} as const satisfies Record<string, Descr>;

type WrittenDtype = keyof typeof DESCR;

interface Header {
  readonly descr: Descr;
  readonly shape: readonly number[];
}

export function encodeNpy(data: NpyData, shape: readonly number[]): Uint8Array {
  assertLittleEndianHost();
  const matches = elementCount(shape) === data.length;
  assert(matches, `shape ${showShape(shape)} does not hold the ${data.length} values given`);
  const header = npyHeader(dtypeOf(data), shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/** What comes before the data of a file. */
export function npyHeader(dtype: WrittenDtype, shape: readonly number[]): Uint8Array {
  const whole = shape.every((side) => Number.isSafeInteger(side) && side >= 0);
  assert(whole, `a shape needs whole sides, found ${showShape(shape)}`);
  const dictionary =
    `{'descr': '${DESCR[dtype]}', 'fortran_order': False, 'shape': ${showShape(shape)}, }` +
    ' '.repeat(shape.length === 0 ? 0 : FIRST_DIMENSION_DIGITS - String(shape[0]).length);
  const preamble = MAGIC.length + 4;
  const dataAt = Math.ceil((preamble + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${dictionary.padEnd(dataAt - preamble - 1)}\n`;
  const bytes = new Uint8Array(dataAt);
  writeLatin1(bytes, 0, `${MAGIC}\x01\x00`);
  new DataView(bytes.buffer).setUint16(MAGIC.length + 2, header.length, true);
  writeLatin1(bytes, preamble, header);
  return bytes;
}

export function decodeNpy(bytes: Uint8Array, limits: Partial<NpyLimits> = {}): NpyArray {
  assertLittleEndianHost();
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const { text, dataAt } = readHeaderText(bytes, bounds);
  const header = parseHeader(text, bounds);
  const expected = elementCount(header.shape) * ELEMENT_BYTES[header.descr];
  const found = bytes.length - dataAt;
  if (expected !== found) {
    const what = `shape ${showShape(header.shape)} of ${header.descr}`;
    throw new NpyError(`expected ${expected} bytes of data for ${what}, found ${found}`);
  }
  if (found > bounds.dataBytesMax) {
    throw new NpyError(`expected at most ${bounds.dataBytesMax} bytes of data, found ${found}`);
  }
  // A copy: the data may start at any address, and a typed array must be aligned. Not slice(): a
  // Buffer's own shares its pool, and the data must start at byte 0 of a buffer of its own.
  return toArray(header, Uint8Array.from(bytes.subarray(dataAt)).buffer);
}

function readHeaderText(bytes: Uint8Array, limits: NpyLimits): { text: string; dataAt: number } {
  if (readLatin1(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    const start = Array.from(bytes.subarray(0, MAGIC.length), (byte) => byte.toString(16));
    throw new NpyError(
      `expected an NPY file, starting with the bytes 93 4e 55 4d 50 59, found ` +
        (start.length === 0 ? 'an empty file' : start.join(' ')),
    );
  }
  const [major, minor] = bytes.subarray(MAGIC.length);
  if (major === undefined || major < 1 || major > 3 || minor !== 0) {
    throw new NpyError(`expected NPY version 1.0, 2.0 or 3.0, found ${major}.${minor}`);
  }
  const lengthBytes = major === 1 ? 2 : 4;
  const headerAt = MAGIC.length + 2 + lengthBytes;
  if (bytes.length < headerAt) {
    throw new NpyError(`expected a header length, found the end of the file at ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + MAGIC.length + 2, lengthBytes);
  const length = major === 1 ? view.getUint16(0, true) : view.getUint32(0, true);
  if (length > limits.headerBytesMax) {
    const most = limits.headerBytesMax;
    throw new NpyError(`expected a header of at most ${most} bytes, found ${length}`);
  }
  if (headerAt + length > bytes.length) {
    const left = bytes.length - headerAt;
    throw new NpyError(`expected a header of ${length} bytes, found ${left} before the end`);
  }
  const dataAt = headerAt + length;
  return { text: readLatin1(bytes.subarray(headerAt, dataAt)), dataAt };
}

/** One `'key': value,` of the dict. A list value is a structured dtype, kept to be named. */
const ENTRY = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([\d, ]*\)|\[.*\])\s*(?:,|(?=\}))/y;

function parseHeader(text: string, limits: NpyLimits): Header {
  const entries = new Map<string, string>();
  const body = text.trim();
  const shown = JSON.stringify(body.length > 120 ? `${body.slice(0, 120)}...` : body);
  ENTRY.lastIndex = body.startsWith('{') ? 1 : body.length;
  let end = ENTRY.lastIndex;
  for (let entry = ENTRY.exec(body); entry !== null; entry = ENTRY.exec(body)) {
    const [, key = '', value = ''] = entry;
    if (entries.has(key)) throw new NpyError(`expected one '${key}' in the header, found ${shown}`);
    entries.set(key, value);
    end = ENTRY.lastIndex;
  }
  const { descr, fortran_order: fortran, shape } = Object.fromEntries(entries);
  const complete = entries.size === 3 && body.slice(end).trim() === '}';
  if (!complete || descr === undefined || fortran === undefined || shape === undefined) {
    const wanted = `a header with exactly descr, fortran_order and shape`;
    throw new NpyError(`expected ${wanted}, found ${shown}`);
  }
  if (fortran !== 'False') {
    throw new NpyError(
      `expected C order, found fortran_order ${fortran}; save numpy.ascontiguousarray(x)`,
    );
  }
  return { descr: parseDescr(descr), shape: parseShape(shape, limits) };
}

function parseDescr(literal: string): Descr {
  const descr = literal.replaceAll("'", '');
  if (Object.hasOwn(ELEMENT_BYTES, descr)) return descr as Descr;
  const hint = descr.startsWith('>')
    ? "big-endian; save x.astype(x.dtype.newbyteorder('<'))"
    : descr.includes('O')
      ? 'an object array, which is never read since it is a pickle'
      : 'of another kind';
  throw new NpyError(`expected little-endian ${READABLE}, found dtype ${literal}, ${hint}`);
}

function parseShape(literal: string, limits: NpyLimits): readonly number[] {
  // A Python tuple: (), (3,), (3, 4). The parser of entries left only digits, commas and blanks.
  if (!/^\((?:|\d+,|\d+(?:, ?\d+)+,?)\)$/.test(literal)) {
    throw new NpyError(`expected a shape such as (3, 4), found ${literal.slice(0, 120)}`);
  }
  const shape = (literal.match(/\d+/g) ?? []).map(Number);
  if (shape.length > limits.rankMax) {
    throw new NpyError(`expected at most ${limits.rankMax} dimensions, found ${shape.length}`);
  }
  if (!Number.isSafeInteger(elementCount(shape))) {
    throw new NpyError(`expected a shape that fits into memory, found ${literal.slice(0, 120)}`);
  }
  return shape;
}

function toArray({ descr, shape }: Header, buffer: ArrayBuffer): NpyArray {
  switch (descr) {
    case '<f2':
      return { dtype: 'float16', shape, data: Float32Array.from(new Float16Array(buffer)) };
    case '<f4':
      return { dtype: 'float32', shape, data: new Float32Array(buffer) };
    case '<f8':
      return { dtype: 'float64', shape, data: new Float64Array(buffer) };
    case '<i4':
      return { dtype: 'int32', shape, data: new Int32Array(buffer) };
    case '<i8':
      return { dtype: 'int64', shape, data: new BigInt64Array(buffer) };
    case '|u1':
      return { dtype: 'uint8', shape, data: new Uint8Array(buffer) };
    default:
      return unreachable(descr);
  }
}

function dtypeOf(data: NpyData): WrittenDtype {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof BigInt64Array ? 'int64' : 'uint8';
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** As Python prints a tuple. */
function showShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

function writeLatin1(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function readLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** Typed arrays have the host's order; all platforms of ONNX Runtime are little-endian. */
function assertLittleEndianHost(): void {
  const first = new Uint8Array(new Uint16Array([1]).buffer)[0];
  assert(first === 1, 'NPY needs a little-endian host');
}
