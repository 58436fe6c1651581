import { describe, expect, it } from 'vitest';
import type { Bound__Output } from '../../proto/generated/isochron/v1/Bound.ts';
import type { Model__Output } from '../../proto/generated/isochron/v1/Model.ts';
import type { StepRule__Output } from '../../proto/generated/isochron/v1/StepRule.ts';
import type { NoiseSchedule } from '../../shared/kernel/noise-schedule.ts';
import type { Bound, StepRule } from '../../shared/kernel/step-rule.ts';
import type { OwnSampler } from '../../shared/protocol/model-description.ts';
import {
  decodeBound,
  decodeRule,
  encodeBound,
  encodeRule,
} from '../../shared/protocol/rule-wire.ts';
import { decodeSampler, encodeSampler } from '../../shared/protocol/sampler-wire.ts';
import { decodeSchedule, encodeSchedule } from '../../shared/protocol/schedule-wire.ts';

/** What the wire makes of fields that were not set. */
const noBound = { clip: 0, thresholdQuantile: 0, thresholdMost: 0 };
const noSchedule = {
  ...{ trainSteps: 0, betaStart: 0, betaEnd: 0, zeroTerminalSnr: false },
  ...{ shift: 0, sigmaMin: 0, sigmaMax: 0, dataDeviation: 0 },
};

describe('on the wire nothing is lost of', () => {
  it.each<[Bound]>([
    [{ kind: 'clip', range: 1.5 }],
    [{ kind: 'threshold', quantile: 0.995, most: 2 }],
  ])('a bound: %o', (bound) => {
    const sent = { ...noBound, ...encodeBound(bound) } as Bound__Output;
    expect(decodeBound(sent)).toEqual(bound);
    const rule: StepRule = {
      value: 'denoised',
      depth: 2,
      stateScale: Float64Array.of(0.5, 1),
      outputScale: Float64Array.of(0, 0),
      valueScale: Float64Array.of(1, 0, 1.5, -0.5),
      bound,
    };
    const known = { ...encodeRule(rule), bound: sent } as StepRule__Output;
    expect(decodeRule(known)).toEqual(rule);
    const { bound: _none, ...plain } = rule;
    expect(decodeRule({ ...encodeRule(plain), bound: null } as StepRule__Output)).toEqual(plain);
  });

  it.each<[NoiseSchedule]>([
    [{ kind: 'sigmoid', trainSteps: 10, betaStart: 0.1, betaEnd: 0.2, zeroTerminalSnr: true }],
    [{ kind: 'linear', trainSteps: 10, betaStart: 0.1, betaEnd: 0.2 }],
    [{ kind: 'flow', trainSteps: 1000, shift: 3 }],
    [{ kind: 'flow', trainSteps: 1000, shift: 3, shiftTerminal: 0.1 }],
    [{ kind: 'edm', sigmaMin: 0.002, sigmaMax: 80, dataDeviation: 0.5 }],
  ])('a schedule: %o', (schedule) => {
    const sent = { ...noSchedule, ...encodeSchedule(schedule) } as unknown as Model__Output;
    expect(decodeSchedule(sent)).toEqual(schedule);
  });

  it('a model of its own sampler', () => {
    const own: OwnSampler = {
      name: 'unipc',
      options: { order: 3 },
      sigmas: 'karras',
      finalSigma: 'least',
      usualSpacing: true,
    };
    expect(decodeSampler(encodeSampler(own))).toEqual(own);
    const plain = { ...own, options: {}, finalSigma: 'zero', usualSpacing: false } as const;
    expect(decodeSampler(encodeSampler(plain))).toEqual(plain);
  });
});

describe('what arrives is refused where it makes no sense', () => {
  it('a value that nobody knows, options that are no object, a schedule out of range', () => {
    const sent = { value: 'score', depth: 1 } as StepRule__Output;
    expect(() => decodeRule(sent)).toThrow('this version knows no value "score"');
    const sampler = { solver: 'x', sigmas: '', finalSigmaLeast: false, usualSpacing: false };
    for (const solverOptions of ['[1]', '{', '3']) {
      expect(() => decodeSampler({ ...sampler, solverOptions })).toThrow('expected a JSON object');
    }
    const flow = { ...noSchedule, schedule: 'flow', trainSteps: 10, shift: NaN };
    expect(() => decodeSchedule(flow as unknown as Model__Output)).toThrow('shift: found NaN');
    const edm = { ...noSchedule, schedule: 'edm', sigmaMin: 2, sigmaMax: 1, dataDeviation: 1 };
    expect(() => decodeSchedule(edm as unknown as Model__Output)).toThrow('sigma_max: found 1');
    const other = { ...noSchedule, schedule: 'quadratic', trainSteps: 1 };
    expect(decodeSchedule(other as unknown as Model__Output)).toBeUndefined();
  });
});
