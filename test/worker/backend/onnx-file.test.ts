import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { checkOnnxFile } from '../../../worker/backend/onnx-file.ts';

function golden(name: string): Uint8Array {
  return readFileSync(new URL(`../../golden/models/${name}`, import.meta.url));
}

/** One protobuf field with a length: enough to build models with tensors in odd places. */
function field(number: number, ...content: (number | number[])[]): number[] {
  const bytes = content.flat();
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const externalTensor = [14 * 8, 1];

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const entry = (key: string, value: string): number[] =>
  field(13, field(1, text(key)), field(2, text(value)));

test.each(['good', 'timestep-int64', 'nan-at-500', 'fixed-batch', 'half-sample'])('%s', (name) => {
  expect(() => checkOnnxFile(golden(`${name}.onnx`), 'm.onnx')).not.toThrow();
});

describe('weights in another file', () => {
  test('are found with their place in it', () => {
    const first = [...externalTensor, ...entry('location', 'a.data'), ...entry('offset', '64')];
    const second = [...entry('location', 'b.data'), ...entry('length', '8'), ...externalTensor];
    const model = Uint8Array.from([...field(7, field(5, first)), ...field(7, field(5, second))]);
    expect(checkOnnxFile(model, 'm.onnx')).toEqual([
      { location: 'a.data', offset: 64, length: undefined },
      { location: 'b.data', offset: 0, length: 8 },
    ]);
  });

  test.each(['-1', '1e3', '99999999999999999999'])('at %s are nowhere', (offset) => {
    const tensor = [...externalTensor, ...entry('location', 'a'), ...entry('offset', offset)];
    const model = Uint8Array.from(field(7, field(5, tensor)));
    expect(() => checkOnnxFile(model, 'm.onnx')).toThrow(/which is no place in a file/);
  });
});

describe('external data that no file is named for, or that is no weight of the graph', () => {
  const places: [where: string, model: number[]][] = [
    ['initializer', field(7, field(5, externalTensor))],
    ['initializer by its location alone', field(7, field(5, field(13)))],
    ['sparse initializer', field(7, field(15, field(1, externalTensor)))],
    ['attribute', field(7, field(1, field(5, field(5, externalTensor))))],
    ['attribute list', field(7, field(1, field(5, field(10, externalTensor))))],
    ['sub-graph', field(7, field(1, field(5, field(6, field(5, externalTensor)))))],
    ['function', [...field(7), ...field(25, field(7, field(5, field(5, externalTensor))))]],
    ['function default', [...field(7), ...field(25, field(11, field(5, externalTensor)))]],
    ['training graph', [...field(7), ...field(20, field(1, field(5, externalTensor)))]],
  ];

  test.each(places)('%s', (_where, model) => {
    expect(() => checkOnnxFile(Uint8Array.from(model), 'm.onnx')).toThrow(/^m\.onnx: .*external/);
  });

  test('and an inline tensor is none', () => {
    const inline = Uint8Array.from(field(7, field(5, [14 * 8, 0])));
    expect(() => checkOnnxFile(inline, 'm.onnx')).not.toThrow();
  });
});

describe('what is no ONNX model', () => {
  test('is refused at every length a copy can be cut to', () => {
    const good = golden('good.onnx');
    // The fields after the graph (7) are optional, so cutting between them leaves a whole model.
    let accepted = 0;
    for (let length = 0; length < good.length; length++) {
      try {
        checkOnnxFile(good.subarray(0, length), 'm.onnx');
        accepted += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'MODEL_UNUSABLE' });
      }
    }
    expect(accepted).toBeLessThanOrEqual(1);
  });

  test.each([
    ['an empty file', [], /found 0 bytes .* it holds no graph/],
    ['a group', [7 * 8 + 3, 200], /starts no field/],
    ['an endless number', Array.from({ length: 20 }, () => 255), /never ends/],
    ['a length beyond the end', [7 * 8 + 2, ...varint(2 ** 40)], /should go on to byte/],
  ])('%s', (_what, bytes, expected) => {
    expect(() => checkOnnxFile(Uint8Array.from(bytes), 'm.onnx')).toThrow(expected);
  });

  test('and nesting has an end', () => {
    let graph = field(5);
    for (let depth = 0; depth < 100; depth++) graph = field(1, field(5, field(6, graph)));
    expect(() => checkOnnxFile(Uint8Array.from(field(7, graph)), 'm.onnx')).toThrow(
      /nested deeper/,
    );
  });
});
