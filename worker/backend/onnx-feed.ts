/** The first rows of an array as a tensor of ONNX Runtime, in the numbers that a graph takes. */
import { Tensor } from 'onnxruntime-node';

import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { ConditionArray } from './backend.ts';

export interface Feed {
  /** Before a call with so many rows, or of an output after it. */
  convert(count: number): void;
  tensor(count: number): Tensor;
}

export interface Rows<A extends ConditionArray> {
  readonly values: A;
  /** Shape of one. */
  readonly row: readonly number[];
  /** One value for a whole call, without an axis for rows. */
  readonly shared?: boolean;
}

/** A view. */
export function plainFeed(rows: Rows<ConditionArray>): Feed {
  const { values } = rows;
  return {
    convert: () => undefined,
    tensor: (count) => {
      const { length, dims } = sizeOf(rows, count);
      const own = values.subarray(0, length);
      if (own instanceof Float32Array) return new Tensor('float32', own, dims);
      if (own instanceof Int32Array) return new Tensor('int32', own, dims);
      return new Tensor('int64', own, dims);
    },
  };
}

export interface ScaledRows extends Rows<Float32Array> {
  /** Values are multiplied with it; absent: 1. */
  readonly scale?: number;
}

/** Of what is there when `convert` is called. */
export function scaledFeed(rows: ScaledRows): Feed {
  const { values, scale = 1 } = rows;
  const own = new Float32Array(values.length);
  return {
    ...plainFeed({ ...rows, values: own }),
    convert: (count) => {
      const { length } = sizeOf(rows, count);
      for (let k = 0; k < length; k++) own[k] = (values[k] ?? NaN) * scale;
    },
  };
}

/** Half floats of what is there when `convert` is called. */
export function halfFeed(rows: ScaledRows): Feed {
  const { half, tensor } = halfArray(rows);
  const { values, scale = 1 } = rows;
  return {
    tensor,
    convert: (count) => {
      const given = values.subarray(0, sizeOf(rows, count).length);
      half.set(scale === 1 ? given : given.map((value) => value * scale));
    },
  };
}

/** Where a graph writes half floats, and `convert` reads them. */
export function halfOutput(rows: Rows<Float32Array>): Feed {
  const { half, tensor } = halfArray(rows);
  return {
    tensor,
    convert: (count) => rows.values.set(half.subarray(0, sizeOf(rows, count).length)),
  };
}

function halfArray(rows: Rows<Float32Array>) {
  const bits = new Uint16Array(rows.values.length);
  const half = new Float16Array(bits.buffer);
  const tensor = (count: number): Tensor => {
    const { length, dims } = sizeOf(rows, count);
    return halfTensor(bits.subarray(0, length), dims);
  };
  return { half, tensor };
}

/**
 * onnxruntime-node 1.30 makes a Float16Array of the bits of a half-float tensor, where Node has
 * that, and then cannot read it ("not enough space: expected 18432, got 0"); the bits it can.
 */
export function halfTensor(bits: Uint16Array, dims: readonly number[]): Tensor {
  return Object.assign(new Tensor('float16', bits, dims), { cpuData: bits });
}

function sizeOf({ row, shared }: Rows<ConditionArray>, count: number) {
  if (shared) return { length: elementsOf(row), dims: [...row] };
  return { length: elementsOf(row) * count, dims: [count, ...row] };
}
