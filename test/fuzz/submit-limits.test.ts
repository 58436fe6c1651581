/** Every field of a request at its bound, one off it, and far from it; the list is the proto's. */
import { describe, expect, test } from 'vitest';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { checkRequest } from '../../coordinator/shell/submission.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { camel, fieldsOf } from './requests/descriptors.ts';

type Changes = Readonly<Record<string, unknown>>;

interface Rule {
  readonly accepted: readonly unknown[];
  readonly refused: readonly unknown[];
  /** What the field needs beside it to mean anything. */
  readonly beside?: Changes;
}

const never = [2 ** 53, NaN, -1, Infinity, -Infinity];

function integers(least: number, most: number, beside: Changes = {}): Rule {
  const refused = [least - 1, most + 1, least + 0.5, ...never];
  return { accepted: [least, most], refused, beside };
}

function numbers(least: number, most: number, beside: Changes = {}): Rule {
  const refused = [least - 1e-9, most + 1e-9 * most, ...never];
  return { accepted: [least, most], refused, beside };
}

function texts(accepted: readonly string[], beside: Changes = {}): Rule {
  const refused = ['nothing', '__proto__', 'constructor', ' ', '\0', accepted[0]?.toUpperCase()];
  return { accepted, refused: refused.filter((one) => !accepted.includes(one ?? '')), beside };
}

const flag: Rule = { accepted: [true, false], refused: [] };
const tensor = { name: 'a', dtype: 'float32', shape: [1, 1], data: Buffer.alloc(4) };
const tensorRefused = [
  { ...tensor, dtype: 'float64' },
  { ...tensor, dtype: 'constructor' },
  { ...tensor, shape: [2, 1] },
  { ...tensor, shape: [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1] },
  { ...tensor, data: Buffer.of(0, 0, 0xc0, 0x7f) },
];
const prompt = 'x'.repeat(limits.promptCharactersMax);
const { nameMax, idempotencyKeyMax, guidanceMax } = limits;
const image = { image: tensor };

const rules: Readonly<Record<string, Rule>> = {
  model: { accepted: ['m'], refused: [''] },
  solver: texts(['ddim', 'ddpm', '']),
  steps: integers(1, limits.stepsMax),
  eta: numbers(0, 1),
  samples: integers(1, limits.samplesMax),
  seed: { accepted: [0, limits.seedMax], refused: [-1, 0.5, ...never] },
  method: texts(['auto', 'sequential', 'picard', 'parataa', '']),
  window: integers(1, limits.stepsMax),
  blocks: integers(1, limits.blocksMax),
  tolerance: numbers(0, limits.toleranceMax),
  // against the model: conditions.test.ts
  inputs: { accepted: [[], [tensor]], refused: [] },
  guidance: numbers(0, guidanceMax),
  compareSequential: flag,
  everyRow: flag,
  roundsMax: integers(1, limits.stepsMax),
  maxLag: integers(0, limits.lagMax, { method: 'secant' }),
  initialization: texts(['denoised', 'constant', '']),
  memory: integers(1, limits.andersonMemoryMax),
  spacing: texts(['leading', 'trailing', 'linspace', '']),
  sigmas: {
    accepted: ['', 'karras', '9,8,7,6,5,4,3,2,1,0.5', 'times:10,9,8,7,6,5,4,3,2,1'],
    refused: [
      '1',
      '1,2,x',
      ',,,,,,,,,',
      'NaN,'.repeat(9),
      '1,'.repeat(100_000),
      'times:',
      '__proto__',
    ],
  },
  solverOptions: {
    accepted: ['', '{}'],
    refused: [
      '[]',
      '1',
      'null',
      '{',
      '{"nothing": 1}',
      '{"constructor": 1}',
      `{"a":"${'x'.repeat(1_024)}"}`,
    ],
  },
  certify: flag,
  stop: texts(['final', 'paradigms', 'parataa', ''], { method: 'picard' }),
  wire: texts(['float32', 'float16', '']),
  order: integers(1, limits.stepsMax, { method: 'parataa' }),
  idempotencyKey: {
    accepted: ['', 'x'.repeat(idempotencyKeyMax)],
    refused: ['x'.repeat(idempotencyKeyMax + 1), 'a b', 'é', '\x7f'],
  },
  client: {
    accepted: ['', 'x'.repeat(nameMax)],
    refused: ['x'.repeat(nameMax + 1), '.a', 'a/b', 'a\n', '\u{1f600}'],
  },
  // what a caller says here is not read: his token says it
  tenant: { accepted: ['', 'nobody', '__proto__'], refused: [] },
  priority: integers(0, limits.priorityMax),
  prompts: { accepted: [[], [prompt]], refused: [[`${prompt}x`], ['a', 'b']] },
  negativePrompts: {
    accepted: [[], [prompt]],
    refused: [[`${prompt}x`], ['a', 'b']],
    beside: { prompts: ['a'] },
  },
  encoded: { accepted: [[]], refused: [[tensor]] },
  guidanceSchedule: {
    accepted: [[], [0, guidanceMax], new Array(limits.stepsMax).fill(1)],
    refused: [[1], [0, guidanceMax + 1], [0, NaN], [-1, 0], new Array(limits.stepsMax + 1).fill(1)],
  },
  image: { accepted: [tensor, null], refused: tensorRefused },
  strength: { ...numbers(0.1, 1, image), refused: [0, 0.05, 1.000_001, ...never] },
  encodedImage: { accepted: [null], refused: [tensor] },
  mask: {
    accepted: [tensor, null],
    refused: [
      ...tensorRefused,
      { ...tensor, shape: [1] },
      { ...tensor, data: Buffer.of(0, 0, 0, 64) },
    ],
    beside: image,
  },
};

const read = loadPackage().Sampler.service.Submit.requestDeserialize;

/** As it comes off the wire. */
function request(changes: Changes): SubmitRequest__Output {
  const empty = read(Buffer.alloc(0));
  return { ...empty, model: 'm', solver: 'ddim', steps: 10, ...changes };
}

const fields = fieldsOf('SubmitRequest').map(({ name }) => camel(name));

describe('the bounds of a request', () => {
  test('are known for every field of the proto', () => {
    expect(Object.keys(rules).sort()).toEqual([...fields].sort());
  });

  describe.each(fields)('%s', (field) => {
    const { accepted, refused, beside } = rules[field] ?? {
      accepted: [],
      refused: [],
    };

    test.each(accepted.map((value) => [shown(value), value]))('takes %s', (_, value) => {
      expect(() => checkRequest(request({ ...beside, [field]: value }))).not.toThrow();
    });

    test.each(refused.map((value) => [shown(value), value]))('refuses %s', (_, value) => {
      const refusal = expect.objectContaining({
        name: 'SamplerError',
        code: 'INVALID_REQUEST',
        message: expect.stringMatching(/found [^]*, expected /) as string,
      }) as Error;
      expect(() => checkRequest(request({ ...beside, [field]: value }))).toThrow(refusal);
    });
  });
});

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return (JSON.stringify(value) ?? 'undefined').slice(0, 60);
}
