import { SamplerError } from '../../shared/protocol/errors.ts';
import { fieldsOf, Malformed, payload, varint, type Range } from './protobuf.ts';

/**
 * A look at the protobuf of an ONNX file before ONNX Runtime sees it, for two reasons:
 *
 * - External data. Given bytes, ONNX Runtime 1.30 still resolves external data, against the working
 *   directory of the process (measured), so bytes that were never hashed would become weights. It
 *   gets them as bytes as well (`onnx-model-files.ts`), and has to be told which.
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

/** Where the values of a weight are, if not in the file. */
export interface ExternalTensor {
  /** Relative to the file's folder, as the graph says it. */
  readonly location: string;
  readonly offset: number;
  /** Undefined: up to the end. */
  readonly length: number | undefined;
}

/**
 * The weights of a graph that are kept in other files.
 *
 * @throws MODEL_UNUSABLE unless the bytes are one whole ONNX model
 */
export function checkOnnxFile(bytes: Uint8Array, file: string): ExternalTensor[] {
  const found: Found = { fields: new Set(), external: [] };
  try {
    scan(bytes, { begin: 0, end: bytes.length }, ['Model'], found);
    if (!found.fields.has(graphField)) throw new Malformed('it holds no graph');
    return found.external;
  } catch (error) {
    if (error instanceof OddPlace) throw externalDataError(file, error.message);
    if (error instanceof Malformed) throw malformedError(file, bytes, error.message);
    throw error;
  }
}

interface Found {
  /** Of the model itself. */
  readonly fields: Set<number>;
  readonly external: ExternalTensor[];
}

/** External data that ONNX Runtime could not be given as bytes. */
class OddPlace extends Error {}

/** @param path of messages, down to this one */
function scan(bytes: Uint8Array, range: Range, path: readonly MessageName[], found: Found): void {
  if (path.length > nestingMax) throw new Malformed(`graphs are nested deeper than ${nestingMax}`);
  const name = path.at(-1) ?? 'Model';
  const entries = new Map<string, string>();
  let isExternal = false;
  let at = range.begin;
  while (at < range.end) {
    const tag = varint(bytes, at, range.end);
    const field = Math.floor(tag.value / 8);
    const value = payload(bytes, tag.next, range.end, tag.value % 8);
    if (name === 'Model') found.fields.add(field);
    if (name === 'Tensor' && field === externalDataField && value.message) {
      isExternal = true;
      addEntry(bytes, value.message, entries);
    }
    if (name === 'Tensor' && field === dataLocationField) isExternal ||= value.number !== 0;
    const child = children[name][field];
    if (child !== undefined && value.message !== undefined) {
      scan(bytes, value.message, [...path, child], found);
    }
    at = value.next;
  }
  if (isExternal) found.external.push(externalTensor(path, entries));
}

/** The weights of the graph itself; ONNX Runtime is given no others. */
const initializer = 'Model/Graph/Tensor';

function externalTensor(
  path: readonly MessageName[],
  entries: ReadonlyMap<string, string>,
): ExternalTensor {
  const location = entries.get('location');
  if (path.join('/') !== initializer)
    throw new OddPlace(`of a ${path.slice(1, -1).join(' in a ')}`);
  if (location === undefined) throw new OddPlace('whose file is not named');
  const [offset, length] = ['offset', 'length'].map((key) => numberIn(entries.get(key)));
  return { location, offset: offset ?? 0, length };
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new OddPlace(`at ${JSON.stringify(text)}, which is no place in a file`);
}

/** A key and its value. */
function addEntry(bytes: Uint8Array, entry: Range, entries: Map<string, string>): void {
  const texts = new Map<number, string>();
  for (const { field, message } of fieldsOf(bytes, entry)) {
    if (!message) continue;
    texts.set(field, new TextDecoder().decode(bytes.subarray(message.begin, message.end)));
  }
  entries.set(texts.get(1) ?? '', texts.get(2) ?? '');
}

function externalDataError(file: string, which: string): SamplerError {
  return new SamplerError(
    'MODEL_UNUSABLE',
    `${file}: found weights kept outside the file (external data) ${which}, expected those of ` +
      'the graph itself alone; save it again with ' +
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
