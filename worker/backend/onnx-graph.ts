/**
 * Names, types and shapes of what an ONNX graph takes and gives, from its bytes: a folder without a
 * manifest is described by its graph, before any runtime loads it.
 * Field numbers: onnx/onnx `onnx/onnx.proto`.
 */
import { fieldsOf, type Range } from './protobuf.ts';

export interface GraphValue {
  readonly name: string;
  /** ONNX name of the element type, such as float32; `type 42` where it has none here. */
  readonly dtype: string;
  /** A name where the size may vary; undefined where the rank is not said. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface GraphSignature {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** What its exporter noted. */
  readonly metadata: ReadonlyMap<string, string>;
}

const dtypes: Readonly<Record<number, string>> = {
  1: 'float32',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** @throws Malformed where the bytes are no ONNX model */
export function graphSignature(bytes: Uint8Array): GraphSignature {
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const weights = new Set<string>();
  for (const graph of messages(bytes, { begin: 0, end: bytes.length }, 7)) {
    for (const { field, message } of fieldsOf(bytes, graph)) {
      if (!message) continue;
      if (field === 5) weights.add(textIn(bytes, message, 8));
      if (field === 11) inputs.push(valueIn(bytes, message));
      if (field === 12) outputs.push(valueIn(bytes, message));
    }
  }
  // files of old versions list their weights among the inputs
  const metadata = new Map<string, string>();
  for (const entry of messages(bytes, { begin: 0, end: bytes.length }, 14)) {
    metadata.set(textIn(bytes, entry, 1), textIn(bytes, entry, 2));
  }
  return { inputs: inputs.filter(({ name }) => !weights.has(name)), outputs, metadata };
}

function messages(bytes: Uint8Array, range: Range, wanted: number): Range[] {
  const found: Range[] = [];
  for (const { field, message } of fieldsOf(bytes, range)) {
    if (field === wanted && message) found.push(message);
  }
  return found;
}

function textIn(bytes: Uint8Array, range: Range, wanted: number): string {
  const [text] = messages(bytes, range, wanted);
  return text ? new TextDecoder().decode(bytes.subarray(text.begin, text.end)) : '';
}

function valueIn(bytes: Uint8Array, range: Range): GraphValue {
  const name = textIn(bytes, range, 1);
  for (const type of messages(bytes, range, 2)) {
    for (const tensor of messages(bytes, type, 1)) return { name, ...tensorIn(bytes, tensor) };
  }
  return { name, dtype: 'no tensor', shape: undefined };
}

function tensorIn(bytes: Uint8Array, range: Range): Omit<GraphValue, 'name'> {
  let dtype = 'no type';
  let shape: (number | string)[] | undefined;
  for (const { field, number, message } of fieldsOf(bytes, range)) {
    if (field === 1 && number !== undefined) dtype = dtypes[number] ?? `type ${number}`;
    if (field === 2 && message) shape = messages(bytes, message, 1).map((dim) => size(bytes, dim));
  }
  return { dtype, shape };
}

function size(bytes: Uint8Array, range: Range): number | string {
  for (const { field, number } of fieldsOf(bytes, range)) {
    if (field === 1 && number !== undefined) return number;
  }
  return textIn(bytes, range, 2);
}
