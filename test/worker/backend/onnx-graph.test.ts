import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { graphSignature } from '../../../worker/backend/onnx-graph.ts';
import { Malformed } from '../../../worker/backend/protobuf.ts';

function golden(name: string): Uint8Array {
  return readFileSync(new URL(`../../golden/models/${name}.onnx`, import.meta.url));
}

function field(number: number, ...bytes: number[]): number[] {
  return [number * 8 + 2, bytes.length, ...bytes];
}

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

it('says what a graph takes and gives', () => {
  expect(graphSignature(golden('good'))).toEqual({
    inputs: [
      { name: 'sample', dtype: 'float32', shape: ['batch', 1, 4, 4] },
      { name: 'timestep', dtype: 'float32', shape: ['batch'] },
      { name: 'class_label', dtype: 'int64', shape: ['batch'] },
    ],
    outputs: [{ name: 'epsilon', dtype: 'float32', shape: ['batch', 1, 4, 4] }],
    metadata: new Map(),
  });
  const { inputs } = graphSignature(golden('timestep-rank0'));
  expect(inputs.find(({ name }) => name === 'timestep')?.shape).toEqual([]);
});

it('leaves weights out that are listed among the inputs, and reads what is noted', () => {
  const tensor = field(2, ...field(1, 8, 10, ...field(2, ...field(1, 8, 3))));
  const input = (name: string) => field(11, ...field(1, ...text(name)), ...tensor);
  const weight = field(5, ...field(8, ...text('w')));
  const note = field(14, ...field(1, ...text('isochron.timestep')), ...field(2, ...text('sigma')));
  const graph = Uint8Array.from([...field(7, ...input('x'), ...input('w'), ...weight), ...note]);
  expect(graphSignature(graph)).toEqual({
    inputs: [{ name: 'x', dtype: 'float16', shape: [3] }],
    outputs: [],
    metadata: new Map([['isochron.timestep', 'sigma']]),
  });
});

it('is of whole files only', () => {
  expect(() => graphSignature(golden('truncated'))).toThrow(Malformed);
});
