import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NpyError, decodeNpy, encodeNpy } from '../../shared/protocol/npy.ts';
import type { NpyData } from '../../shared/protocol/npy.ts';

interface Golden {
  readonly shape: number[];
  readonly values: number[];
}

const GOLDEN = new URL('../golden/npy/', import.meta.url);
const golden = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.npy`, GOLDEN)));
const expected = JSON.parse(readFileSync(new URL('expected.json', GOLDEN), 'utf8')) as Record<
  string,
  Golden
>;
const goldenOf = (name: string) => expected[name] ?? { shape: [], values: [] };

/** An NPY file with any header text, to say what NumPy never would. */
function withHeader(header: string, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(10 + header.length + dataBytes);
  bytes.set(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  return bytes;
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe('files written by NumPy', () => {
  it.each(['float16', 'float32', 'float64', 'int32', 'int64', 'uint8'])('%s', (dtype) => {
    const array = decodeNpy(golden(dtype));
    expect(array.dtype).toBe(dtype);
    expect(array.shape).toEqual(goldenOf(dtype).shape);
    expect(Array.from<number | bigint, number>(array.data, Number)).toEqual(goldenOf(dtype).values);
  });

  it.each(['scalar', 'empty'])('%s', (name) => {
    const array = decodeNpy(golden(name));
    expect(array.shape).toEqual(goldenOf(name).shape);
    expect(Array.from<number | bigint, number>(array.data, Number)).toEqual(goldenOf(name).values);
  });

  it.each(['float32', 'float64', 'int32', 'int64', 'uint8', 'scalar', 'empty'])(
    'are what we write, byte for byte: %s',
    (name) => {
      const { data, shape } = decodeNpy(golden(name));
      expect(encodeNpy(data, shape)).toEqual(golden(name));
    },
  );

  it('are refused in Fortran order and big-endian, with the way out', () => {
    expect(() => decodeNpy(golden('fortran'))).toThrow(/fortran_order True.*ascontiguousarray/);
    expect(() => decodeNpy(golden('big-endian'))).toThrow(/'>f4', big-endian/);
  });

  it('widens every half exactly', () => {
    const bits = Uint16Array.from([0x0001, 0x03ff, 0x7bff, 0x8000, 0x7c00, 0xfc00, 0x7e00]);
    const bytes = withHeader(header("'<f2'", '(7,)'), 14);
    bytes.set(new Uint8Array(bits.buffer), bytes.length - 14);
    const wanted = [2 ** -24, 1023 * 2 ** -24, 65504, -0, Infinity, -Infinity, Number.NaN];
    expect(Array.from<number | bigint>(decodeNpy(bytes).data)).toEqual(wanted);
  });
});

const shapes = fc.array(fc.nat(4), { maxLength: 4 });
const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** A typed array of one of the five kinds, filled with arbitrary bits. */
const arrays = shapes.chain((shape) =>
  fc
    .tuple(fc.uint8Array({ minLength: 8 * 256, maxLength: 8 * 256 }), fc.nat(4))
    .map(([bits, kind]): { shape: number[]; data: NpyData } => {
      const size = sizeOf(shape);
      const kinds = [Float32Array, Float64Array, Int32Array, BigInt64Array, Uint8Array];
      const make = kinds[kind] ?? Uint8Array;
      return { shape, data: new make(bits.slice().buffer, 0, size) };
    }),
);

describe('round trip', () => {
  it('keeps every bit, at any alignment of the input', () => {
    fc.assert(
      fc.property(arrays, fc.nat(7), ({ shape, data }, shift) => {
        const encoded = encodeNpy(data, shape);
        expect((encoded.length - data.byteLength) % 64).toBe(0);
        const moved = new Uint8Array(encoded.length + shift);
        moved.set(encoded, shift);
        const decoded = decodeNpy(moved.subarray(shift));
        expect(decoded.shape).toEqual(shape);
        expect(decoded.data.constructor).toBe(data.constructor);
        const bits = (array: NpyData) =>
          new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        expect(bits(decoded.data)).toEqual(bits(data));
      }),
    );
  });

  it('never throws anything but NpyError on broken input', () => {
    const file = encodeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const at = fc.nat(file.length - 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.nat(255)), { maxLength: 6 }), at, (edits, end) => {
        const broken = file.slice();
        for (const [place, value] of edits) broken[place] = value;
        for (const bytes of [broken, broken.subarray(0, end)]) {
          try {
            decodeNpy(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(NpyError);
          }
        }
      }),
    );
  });

  it('refuses to write a shape that does not hold the data', () => {
    expect(() => encodeNpy(new Float32Array(5), [2, 3])).toThrow(/\(2, 3\).*5 values/);
    expect(() => encodeNpy(new Float32Array(1), [0.5, 2])).toThrow(/whole sides/);
  });
});

describe('refusals say what was found and what was expected', () => {
  const f4 = "'<f4'";
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /expected an NPY file.*an empty file/],
    ['another format', Buffer.from('PK\x03\x04zipzip'), /expected an NPY file.*found 50 4b 3 4/],
    ['a cut magic', golden('float32').slice(0, 6), /expected a version, found the end of the file/],
    ['a cut length', golden('float32').slice(0, 9), /expected a header length/],
    ['a cut header', golden('float32').slice(0, 60), /header of 118 bytes, found 50/],
    ['cut data', golden('float32').slice(0, 151), /expected 24 bytes.*\(2, 3\).*found 23/],
    ['more data', withHeader(header(f4, '(2,)'), 9), /expected 8 bytes.*found 9/],
    ['an object array', withHeader(header("'|O'", '(1,)'), 8), /'\|O', an object array/],
    ['a record array', withHeader(header("[('a', '<f4')]", '(1,)'), 4), /\('a', '<f4'\)/],
    ['text', withHeader(header("'<U3'", '(1,)'), 12), /'<U3', of another kind/],
    ['a prototype name', withHeader(header("'constructor'", '(1,)'), 12), /of another kind/],
    ['a bomb', withHeader(header(f4, '(99999999, 99999999)'), 4), /fits into memory/],
    ['a plausible bomb', withHeader(header(f4, '(999999999,)'), 4), /expected 3999999996 bytes/],
    ['a huge number', withHeader(header(f4, `(${'9'.repeat(400)},)`), 4), /fits into memory/],
    ['no tuple', withHeader(header(f4, '(3)'), 12), /expected a shape/],
    ['a negative side', withHeader(header(f4, '(-1,)'), 4), /exactly descr/],
    ['33 dimensions', withHeader(header(f4, `(${'1, '.repeat(33)})`), 4), /shape such as/],
    ['33 sides', withHeader(header(f4, `(${'1, '.repeat(32)}1)`), 4), /at most 32.*found 33/],
    ['a missing key', withHeader("{'descr': '<f4', 'shape': (1,), }", 4), /exactly descr/],
    ['another key', withHeader("{'descr': '<f4', 'x': (1,), 'shape': (1,), }", 4), /exactly/],
    ['a key twice', withHeader("{'descr': '<f4', 'descr': '<f4', }", 4), /one 'descr'/],
    ['a prototype key', withHeader("{'__proto__': '<f4', }", 4), /exactly descr/],
    ['code after the dict', withHeader(`${header(f4, '(1,)').trim()} + x`, 4), /exactly descr/],
    ['a long header', withHeader(header(f4, '(1,)').padEnd(10_001), 4), /at most 10000.*10001/],
  ];

  it.each(cases)('%s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes)).toThrow(NpyError);
    expect(() => decodeNpy(bytes)).toThrow(message);
  });

  it('keeps to the limits it is given', () => {
    const file = encodeNpy(new Float32Array(6), [2, 3]);
    expect(() => decodeNpy(file, { dataBytesMax: 23 })).toThrow(/at most 23 bytes.*found 24/);
    expect(() => decodeNpy(file, { rankMax: 1 })).toThrow(/at most 1 dimensions, found 2/);
    expect(() => decodeNpy(file, { headerBytesMax: 64 })).toThrow(/at most 64 bytes, found 118/);
  });

  it('reads versions 2.0 and 3.0, whose header length has four bytes', () => {
    const file = golden('float32');
    for (const major of [2, 3]) {
      const longer = new Uint8Array(file.length + 2);
      longer.set(file.subarray(0, 10));
      longer.set(file.subarray(10), 12);
      longer[6] = major;
      expect(decodeNpy(longer).shape).toEqual([2, 3]);
    }
    const fourth = file.slice();
    fourth[6] = 4;
    expect(() => decodeNpy(fourth)).toThrow(/version 1.0, 2.0 or 3.0, found 4.0/);
  });

  it('reads a Buffer that is a piece of a larger pool', () => {
    const data = Float32Array.of(1.5, -2, 3);
    const pooled = Buffer.concat([Buffer.alloc(7), Buffer.from(encodeNpy(data, [3]))]).subarray(7);
    expect(decodeNpy(pooled).data).toEqual(data);
  });
});
