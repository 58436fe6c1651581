import { describe, expect, it } from 'vitest';

import type { Register__Output } from '../../proto/generated/isochron/v1/Register.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import type { RegisteredModel } from '../../shared/protocol/model-description.ts';
import { decodeModel, encodeModel, encodeRegistration } from '../../shared/protocol/model-wire.ts';

type ReceivedModel = Register__Output['models'][number];

const model: RegisteredModel = {
  name: 'mixture6',
  sha256: 'ab'.repeat(32),
  backend: 'analytic',
  sampleShape: [1, 8, 8],
  dim: 64,
  prediction: 'epsilon',
  schedule: { kind: 'scaled-linear', trainSteps: 1000, betaStart: 0.0001, betaEnd: 0.02 },
  spacing: 'leading',
  timestepOffset: 1,
  terminalAlphaBar: 'first',
  dataStd: 0.5,
  valueRange: [-1, 1],
  guidance: 2.5,
  conditions: [
    {
      name: 'class',
      dtype: 'int64',
      shape: [],
      minimum: 0,
      maximum: 1,
      unconditional: 2,
      labels: ['cat', 'dog'],
    },
    {
      name: 'size',
      dtype: 'float32',
      shape: [2],
      minimum: -1,
      maximum: 1,
      unconditional: null,
      labels: [],
    },
  ],
  maxBatch: 32,
  sharedTimestep: true,
  license: 'MIT',
  latencyCurve: [
    { batch: 1, ms: 2.5 },
    { batch: 32, ms: 11 },
  ],
  batchJitter: 1e-7,
};

function received(sent: RegisteredModel): ReceivedModel {
  const { Control } = loadPackage().Fleet.service;
  const bytes = Control.requestSerialize({ register: { models: [encodeRegistration(sent)] } });
  const [output] = Control.requestDeserialize(bytes).register?.models ?? [];
  if (output === undefined) throw new Error('no model came through');
  return output;
}

describe('a registered model', () => {
  it.each<[string, Partial<RegisteredModel>]>([
    ['as above', {}],
    ['with a terminal value', { terminalAlphaBar: 1 }],
    ['with a terminal value of zero', { terminalAlphaBar: 0 }],
    ['without conditions', { conditions: [] }],
    ['that mixes its rows', { batchJitter: Infinity }],
    ['with prior means', { priorMeans: { values: [0, 1], means: new Float32Array(128).fill(3) } }],
  ])('survives the wire %s', (_name, changes) => {
    const changed = { ...model, ...changes };
    expect(decodeModel(received(changed))).toEqual(changed);
  });

  it.each<[string, Partial<ReceivedModel>, string]>([
    ['an unknown prediction', { prediction: 'score' }, 'VERSION_SKEW'],
    ['an unknown schedule', { schedule: 'quadratic' }, 'VERSION_SKEW'],
    ['no latency curve', { latencyCurve: [] }, 'INVALID_REQUEST'],
    ['an endless latency', { latencyCurve: [{ batch: 1, ms: NaN }] }, 'INVALID_REQUEST'],
    ['an empty shape', { sampleShape: [] }, 'INVALID_REQUEST'],
    ['means of another size', { priorMeanValues: [0, 1, 2] }, 'INVALID_REQUEST'],
    ['a latent beyond every bound', { sampleShape: [2 ** 20, 2 ** 20] }, 'INVALID_REQUEST'],
  ])('is refused with %s', (_name, changes, code) => {
    const sent = { ...received(model), ...changes };
    expect(() => decodeModel(sent)).toThrow(expect.objectContaining({ code }));
  });

  it('goes to clients without its prior means', () => {
    const priorMeans = { values: [0], means: new Float32Array(64) };
    expect(encodeModel({ ...model, priorMeans })).not.toHaveProperty('priorMeans');
  });
});
