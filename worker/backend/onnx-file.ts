import { SamplerError } from '../../shared/protocol/errors.ts';
import { Malformed, payload, varint, type Range } from './protobuf.ts';

/**
 * A look at the protobuf of an ONNX file before ONNX Runtime sees it, for two reasons:
 *
 * - External data. Given bytes, ONNX Runtime 1.30 still resolves external data, against the working
 *   directory of the process (measured), so bytes that were never hashed would become weights.
 * - Messages. For a truncated file or a stray text file it says only "protobuf parsing failed".
 *
 * Only messages that can hold a tensor are entered; weights themselves are skipped by their length.
 * Field numbers: onnx/onnx `onnx/onnx.proto`.
 */
type MessageName =
  'Model' | 'Graph' | 'Node' | 'Attribute' | 'Tensor' | 'SparseTensor' | 'Function' | 'Training';

const children: Readonly<Record<MessageName, Readonly<Record<number, MessageName>>>> = {
  Model: { 7: 'Graph', 20: 'Training', 25: 'Function' },
  Graph: { 1: 'Node', 5: 'Tensor', 15: 'SparseTensor' },
  Node: { 5: 'Attribute' },
  Attribute: {
    5: 'Tensor',
    6: 'Graph',
    10: 'Tensor',
    11: 'Graph',
    22: 'SparseTensor',
    23: 'SparseTensor',
  },
  Tensor: {},
  SparseTensor: { 1: 'Tensor', 2: 'Tensor' },
  Function: { 7: 'Node', 11: 'Attribute' },
  Training: { 1: 'Graph', 2: 'Graph' },
};

const graphField = 7;
const externalDataField = 13;
const dataLocationField = 14;
const nestingMax = 32;

/** Throws MODEL_UNUSABLE unless the bytes are one whole ONNX model with all its weights inside. */
export function checkOnnxFile(bytes: Uint8Array, file: string): void {
  try {
    const fields = scan(bytes, { begin: 0, end: bytes.length }, 'Model', 0);
    if (!fields.has(graphField)) throw new Malformed('it holds no graph');
  } catch (error) {
    if (error instanceof ExternalData) throw externalDataError(file);
    if (error instanceof Malformed) throw malformedError(file, bytes, error.message);
    throw error;
  }
}

class ExternalData extends Error {}

function scan(bytes: Uint8Array, range: Range, name: MessageName, depth: number): Set<number> {
  if (depth > nestingMax) throw new Malformed(`graphs are nested deeper than ${nestingMax}`);
  const seen = new Set<number>();
  let at = range.begin;
  while (at < range.end) {
    const tag = varint(bytes, at, range.end);
    const field = Math.floor(tag.value / 8);
    const value = payload(bytes, tag.next, range.end, tag.value % 8);
    seen.add(field);
    if (name === 'Tensor' && isExternal(field, value.number)) throw new ExternalData();
    const child = children[name][field];
    if (child !== undefined && value.message !== undefined) {
      scan(bytes, value.message, child, depth + 1);
    }
    at = value.next;
  }
  return seen;
}

function isExternal(field: number, value: number | undefined): boolean {
  return field === externalDataField || (field === dataLocationField && value !== 0);
}

function externalDataError(file: string): SamplerError {
  return new SamplerError(
    'MODEL_UNUSABLE',
    `${file}: found weights kept outside the file (external data), expected one self-contained ` +
      'ONNX file, since only hashed bytes are loaded; save it again with ' +
      'onnx.save(model, path, save_as_external_data=False)',
    { context: { file } },
  );
}

function malformedError(file: string, bytes: Uint8Array, reason: string): SamplerError {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 48));
  const text = bytes.length > 0 && /^[\t\n\r\x20-\x7e]*$/.test(start);
  const found = text
    ? `text that begins with ${JSON.stringify(start)}`
    : `${bytes.length} bytes that are no whole ONNX model: ${reason}`;
  const advice = start.startsWith('version https://git-lfs')
    ? 'it is a Git LFS pointer: run `git lfs pull`'
    : 'export it again, or copy it again if the copy was cut short';
  return new SamplerError(
    'MODEL_UNUSABLE',
    `${file}: found ${found}; expected an ONNX model; ${advice}`,
    { context: { file } },
  );
}
