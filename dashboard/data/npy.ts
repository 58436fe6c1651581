/** Array files as the coordinator writes them: NPY 1.0, little-endian float32, row-major. */

export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** @throws RangeError where the file is not such an array */
export function readNpy(file: ArrayBuffer): NumberArray {
  const bytes = new Uint8Array(file);
  if (MAGIC.some((byte, k) => bytes[k] !== byte)) throw new RangeError('not an array file');
  const view = new DataView(file);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const [, dtype] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, dimensions] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? [];
  if (dtype !== '<f4' || dimensions === undefined) {
    throw new RangeError(`found an array of ${dtype ?? 'unknown type'}, expected float32`);
  }
  const shape = dimensions.split(',').flatMap((part) => (part.trim() ? [Number(part)] : []));
  return arrayOf(shape, file.slice(start + length));
}

/** @throws RangeError where the bytes are not as many as the shape says */
export function arrayOf(shape: readonly number[], data: ArrayBuffer): NumberArray {
  const elements = shape.reduce((product, size) => product * size, 1);
  if (data.byteLength !== 4 * elements) {
    const expected = `${4 * elements} bytes of [${shape.join(', ')}]`;
    throw new RangeError(`found ${data.byteLength} bytes, expected ${expected}`);
  }
  return { shape, values: littleEndian(data) };
}

/** Every browser there is runs on little-endian machines. */
function littleEndian(data: ArrayBuffer): Float32Array {
  return new Float32Array(data);
}
