/**
 * The loops of `numerics/vector.ts` and `numerics/differences.ts` in vector instructions, the same
 * bits: two elements at a time in float64, every operation in the order of the plain loop, rounded
 * once to float32. Sums go into four lanes, element e into lane e mod 4, as the plain loop does.
 *
 * What they work on has to be in the memory of the module: it is copied into slots of `ROOM`
 * elements and back. (Measured in turn beside another program, medians, 16384 elements:
 * `increment` 14 to 16 us where the plain loop took 45 to 67, all that a row needs 0.08 to 0.09 ms
 * where it took 0.23 to 0.33.)
 */
import * as w from './wasm-code.ts';
import type { Code } from './wasm-code.ts';

/** Of pure folders, whose types know no WebAssembly: it is arithmetic, and nothing else. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Elements of a slot. */
const ROOM = 16_384;
const SLOTS = 4;
const SLOT_BYTES = 4 * ROOM;
const SUMS_AT = SLOTS * SLOT_BYTES;
/** The slots, and one for the sums. */
const PAGES = SUMS_AT / 65_536 + 1;
/** Lanes of a sum. */
export const LANES = 4;
/** Bytes that a turn of a loop works on: four elements. */
const TURN = 16;

type Span = (from: number, to: number, ...scalars: readonly number[]) => void;

interface Exports extends Record<'combine2' | 'combine3' | 'increment', Span> {
  readonly squares: Span;
  readonly products: Span;
  readonly differences: Span;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Elements `from` to `to` of the slots; a multiple of four, and not none. */
export interface VectorKernel {
  readonly room: number;
  readonly slots: readonly Float32Array[];
  /** Of the last call: three sums, `LANES` each. */
  readonly sums: Float64Array;
  /** slot 0 = a slot 0 + b slot 1 */
  combine2(to: number, a: number, b: number): void;
  /** slot 0 = a slot 0 + b slot 1 + c slot 2 */
  combine3(to: number, a: number, b: number, c: number): void;
  /** slot 0 = slot 0 + j (slot 1 - slot 2) */
  increment(to: number, j: number): void;
  /** First sum: (slot 0 - slot 1)^2 */
  squares(from: number, to: number): void;
  /** With dx = slot 0 - slot 1 and dF = slot 2 - slot 3: dx^2, dx dF and dF^2. */
  products(from: number, to: number): void;
  /** Whether slot 0 is finite. */
  finite(to: number): boolean;
}

/** Undefined where the engine has no vector instructions. */
export function vectorKernel(): VectorKernel | undefined {
  try {
    const module = new WebAssembly.Module(w.moduleOf(functions, PAGES));
    const code = new WebAssembly.Instance(module).exports as Exports;
    const { buffer } = code.memory;
    const slots = Array.from(
      { length: SLOTS },
      (_, k) => new Float32Array(buffer, k * SLOT_BYTES, ROOM),
    );
    const sums = new Float64Array(buffer, SUMS_AT, 3 * LANES);
    return {
      room: ROOM,
      slots,
      sums,
      combine2: (to, a, b) => code.combine2(0, 4 * to, a, b),
      combine3: (to, a, b, c) => code.combine3(0, 4 * to, a, b, c),
      increment: (to, j) => code.increment(0, 4 * to, j),
      squares: (from, to) => code.squares(4 * from, 4 * to),
      products: (from, to) => code.products(4 * from, 4 * to),
      finite: (to) => {
        code.differences(0, 4 * to);
        // zero, or not a number in any of its lanes
        return sums[0] === 0 && sums[1] === 0;
      },
    };
  } catch {
    return undefined;
  }
}

const [at, end] = [0, 1] as const;
const { i32, f64 } = w.type;

/** Two elements of a slot as float64. */
function pair(slot: number, half: 0 | 1): Code {
  return w.fromFloat32(w.loadHalf(w.get(at), slot * SLOT_BYTES + 8 * half));
}

function turns(body: Code): Code {
  const next = w.set(at, w.i32Add(w.get(at), w.i32(TURN)));
  return w.loop([...body, ...next], w.i32Less(w.get(at), w.get(end)));
}

/** slot 0 becomes `value` of the elements and of `scalars` numbers, both lanes the same. */
function mapped(
  name: string,
  scalars: number,
  value: (half: 0 | 1, scalar: (k: number) => Code) => Code,
): w.WasmFunction {
  const scalar = (k: number): Code => w.get(2 + scalars + k);
  const spread = Array.from({ length: scalars }, (_, k) =>
    w.set(2 + scalars + k, w.splat64(w.get(2 + k))),
  ).flat();
  const written = (half: 0 | 1): Code =>
    w.storeHalf(w.get(at), 8 * half, w.toFloat32(value(half, scalar)), 0);
  const parameters = [i32, i32, ...Array.from({ length: scalars }, () => f64)];
  const body = [...spread, ...turns([...written(0), ...written(1)])];
  return { name, parameters, locals: scalars, body };
}

/** Sums over the elements; `terms` of the two lanes of a half, from its differences. */
function summed(
  name: string,
  differences: readonly (readonly [slot: number, other: number])[],
  terms: (difference: readonly Code[]) => readonly Code[],
): w.WasmFunction {
  const kept = differences.map((_, k) => 2 + k);
  const count = terms(kept.map(w.get)).length;
  const sum = (k: number, half: 0 | 1): number => 2 + kept.length + 2 * k + half;
  const half = (which: 0 | 1): Code => [
    ...differences.flatMap(([slot, other], k) =>
      w.set(2 + k, w.minus(pair(slot, which), pair(other, which))),
    ),
    ...terms(kept.map(w.get)).flatMap((term, k) =>
      w.set(sum(k, which), w.plus(w.get(sum(k, which)), term)),
    ),
  ];
  const told = Array.from({ length: count }, (_, k) => [
    ...w.store(w.i32(SUMS_AT), 32 * k, w.get(sum(k, 0))),
    ...w.store(w.i32(SUMS_AT), 32 * k + 16, w.get(sum(k, 1))),
  ]).flat();
  const body = [...turns([...half(0), ...half(1)]), ...told];
  return { name, parameters: [i32, i32], locals: kept.length + 2 * count, body };
}

/** x - x of slot 0, which is zero or not a number, summed in the lanes of float32. */
function differences(): w.WasmFunction {
  const [sum, value] = [2, 3] as const;
  const zero = w.minus32(w.get(value), w.get(value));
  const body = [...w.set(value, w.load(w.get(at), 0)), ...w.set(sum, w.plus32(w.get(sum), zero))];
  const told = w.store(w.i32(SUMS_AT), 0, w.get(sum));
  return {
    name: 'differences',
    parameters: [i32, i32],
    locals: 2,
    body: [...turns(body), ...told],
  };
}

const functions: readonly w.WasmFunction[] = [
  mapped('combine2', 2, (half, scalar) =>
    w.plus(w.times(scalar(0), pair(0, half)), w.times(scalar(1), pair(1, half))),
  ),
  mapped('combine3', 3, (half, scalar) =>
    w.plus(
      w.plus(w.times(scalar(0), pair(0, half)), w.times(scalar(1), pair(1, half))),
      w.times(scalar(2), pair(2, half)),
    ),
  ),
  mapped('increment', 1, (half, scalar) =>
    w.plus(pair(0, half), w.times(scalar(0), w.minus(pair(1, half), pair(2, half)))),
  ),
  summed('squares', [[0, 1]], ([d = []]) => [w.times(d, d)]),
  summed(
    'products',
    [
      [0, 1],
      [2, 3],
    ],
    ([dx = [], df = []]) => [w.times(dx, dx), w.times(dx, df), w.times(df, df)],
  ),
  differences(),
];
