/**
 * Just enough of the WebAssembly binary format to write loops of vector arithmetic by hand
 * (`normal-kernel.ts`, `vector-kernel.ts`). An expression is the bytes that leave its value on the
 * stack. Numbers of opcodes: the core specification, release 2.0, section 5.4.
 */
export type Code = readonly number[];

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
    if (done) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

export const type = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];

const scalar =
  (code: number) =>
  (a: Code, b: Code): Code => [...a, ...b, code];
export const i32Add = scalar(0x6a);
export const i32Less = scalar(0x49);

const vector =
  (code: number) =>
  (...operands: readonly Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(code)];
export const splat32 = vector(0x11);
/** Both lanes this float64. */
export const splat64 = vector(0x14);
export const greater = vector(0x4a);
export const and = vector(0x4e);
export const or = vector(0x50);
export const xor = vector(0x51);
/** The first where the mask has ones, else the second. */
export const select = vector(0x52);
export const toFloat32 = vector(0x5e);
/** The two lower float32. */
export const fromFloat32 = vector(0x5f);
export const shiftRight32 = vector(0xad);
export const add32 = vector(0xae);
export const negate64 = vector(0xc1);
export const widen = vector(0xc9);
export const shiftLeft64 = vector(0xcb);
export const shiftRight64 = vector(0xcd);
export const add64 = vector(0xce);
/** Products of 64 bits of the two lower, and of the two upper, unsigned words. */
export const productLow = vector(0xde);
export const productHigh = vector(0xdf);
export const plus32 = vector(0xe4);
export const minus32 = vector(0xe5);
export const squareRoot = vector(0xef);
export const plus = vector(0xf0);
export const minus = vector(0xf1);
export const times = vector(0xf2);
export const over = vector(0xf3);
/** The two lower words, unsigned, as float64. */
export const toFloat64 = vector(0xff);

/** The words of two vectors, 0 to 3 and 4 to 7, put together anew. */
export function shuffle(a: Code, b: Code, words: readonly number[]): Code {
  const bytes = words.flatMap((word) => [0, 1, 2, 3].map((k) => 4 * word + k));
  return [...a, ...b, 0xfd, ...unsigned(0x0d), ...bytes];
}

/** Eight bytes of memory in the lower half. */
export function loadHalf(at: Code, offset: number): Code {
  return [...at, 0xfd, ...unsigned(0x5d), 0, ...unsigned(offset)];
}

export function load(at: Code, offset: number): Code {
  return [...at, 0xfd, 0x00, 0, ...unsigned(offset)];
}

export function store(at: Code, offset: number, value: Code): Code {
  return [...at, ...value, 0xfd, 0x0b, 0, ...unsigned(offset)];
}

/** Writes the lower or the upper half of a vector to memory. */
export function storeHalf(at: Code, offset: number, value: Code, half: 0 | 1): Code {
  return [...at, ...value, 0xfd, ...unsigned(0x5b), 0, ...unsigned(offset), half];
}

/** The same two halves. */
export function twice(bytes: Uint8Array): Code {
  return [0xfd, ...unsigned(0x0c), ...bytes, ...bytes];
}

/** Both lanes this float64. */
export function both(value: number): Code {
  return twice(new Uint8Array(Float64Array.of(value).buffer));
}

/** Both lanes these 64 bits. */
export function bits(value: bigint): Code {
  return twice(new Uint8Array(BigUint64Array.of(value).buffer));
}

/** Runs `body` until `more` is 0, at least once. */
export function loop(body: Code, more: Code): Code {
  return [0x03, 0x40, ...body, ...more, 0x0d, 0, 0x0b];
}

export const call = (index: number): Code => [0x10, ...unsigned(index)];

export interface WasmFunction {
  /** Under which it can be called from outside; absent: not at all. */
  readonly name?: string;
  readonly parameters: readonly number[];
  /** Of vectors; they come behind the parameters. */
  readonly locals: number;
  readonly body: Code;
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): Code {
  return [...unsigned(name.length), ...Array.from(name, (letter) => letter.charCodeAt(0))];
}

function code({ locals, body }: WasmFunction): Code {
  const content = [...list([[...unsigned(locals), type.v128]]), ...body, 0x0b];
  return [...unsigned(content.length), ...content];
}

/** A module with one memory of `pages`, called `memory`, and its functions that have a name. */
export function moduleOf(
  functions: readonly WasmFunction[],
  pages: number,
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(parameters.map((one) => [one])),
    0,
  ]);
  const exported = functions.flatMap(({ name }, index) =>
    name === undefined ? [] : [[...text(name), 0, ...unsigned(index)]],
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(5, list([[0, ...unsigned(pages)]])),
    ...section(7, list([[...text('memory'), 2, 0], ...exported])),
    ...section(10, list(functions.map(code))),
  ]);
}
