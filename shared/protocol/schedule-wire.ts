/** Noise schedules on the wire: the fields of `Model` that one of them has. */
import type { Model, Model__Output } from '../../proto/generated/isochron/v1/Model.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';
import type { NoiseSchedule } from '../kernel/noise-schedule.ts';

type Fields = Pick<
  Model,
  | 'schedule'
  | 'trainSteps'
  | 'betaStart'
  | 'betaEnd'
  | 'zeroTerminalSnr'
  | 'shift'
  | 'shiftTerminal'
  | 'sigmaMin'
  | 'sigmaMax'
  | 'dataDeviation'
>;

export function encodeSchedule(schedule: NoiseSchedule): Fields {
  const { kind, ...fields } = schedule;
  if (schedule.kind !== 'flow') return { schedule: kind, ...defined(fields) };
  const { trainSteps, shift, shiftTerminal } = schedule;
  return {
    schedule: kind,
    trainSteps,
    shift,
    ...(shiftTerminal !== undefined && { shiftTerminal }),
  };
}

function defined(fields: Omit<NoiseSchedule, 'kind'>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** @throws RangeError what is wrong with a number; undefined for a kind that is not known */
export function decodeSchedule(sent: Pick<Model__Output, keyof Fields>): NoiseSchedule | undefined {
  const { schedule: kind, trainSteps } = sent;
  if (kind !== 'edm') requireInteger('train_steps', trainSteps, 1, limits.trainStepsMax);
  switch (kind) {
    case 'linear':
    case 'scaled-linear':
    case 'cosine':
    case 'sigmoid': {
      const { betaStart, betaEnd, zeroTerminalSnr } = sent;
      return { kind, trainSteps, betaStart, betaEnd, ...(zeroTerminalSnr && { zeroTerminalSnr }) };
    }
    case 'flow': {
      const { shift, shiftTerminal } = sent;
      requireAbove('shift', shift, 0);
      return { kind, trainSteps, shift, ...(shiftTerminal !== undefined && { shiftTerminal }) };
    }
    case 'edm': {
      const { sigmaMin, sigmaMax, dataDeviation } = sent;
      requireAbove('sigma_min', sigmaMin, 0);
      requireAbove('sigma_max', sigmaMax, sigmaMin);
      requireAbove('data_deviation', dataDeviation, 0);
      return { kind, sigmaMin, sigmaMax, dataDeviation };
    }
    default:
      return undefined;
  }
}

function requireAbove(field: string, found: number, least: number): void {
  if (found > least && found < Infinity) return;
  throw outOfRange(field, found, `a number above ${least}`);
}
