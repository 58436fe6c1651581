/**
 * What the times that a model is given mean on its schedule. Exact denoisers need the level at a
 * time; whoever probes a model needs times that it knows.
 */
import type { NoiseSchedule } from '../kernel/noise-schedule.ts';
import { edmLevel } from './grid-levels.ts';
import { preservingLevel } from './levels.ts';
import { levelOf, type Level } from './parameterization.ts';
import { alphaBars } from './schedule.ts';

/** The level at a model time; undefined for a time that the schedule has not. */
export function levelsOverTime(schedule: NoiseSchedule): (time: number) => Level | undefined {
  if (schedule.kind === 'edm') {
    return (time) => (Number.isFinite(time) ? edmLevel(schedule, Math.exp(4 * time)) : undefined);
  }
  if (schedule.kind !== 'flow') {
    return betweenTrainingSteps(Array.from(alphaBars(schedule), levelOf));
  }
  const { trainSteps } = schedule;
  return (time) => {
    const sigma = time / trainSteps;
    return sigma >= 0 && sigma <= 1 ? { signal: 1 - sigma, sigma } : undefined;
  };
}

/** Between two training steps ln(sg/al) is a line, as samplers take it. */
function betweenTrainingSteps(levels: readonly Level[]): (time: number) => Level | undefined {
  return (time) => {
    const known = levels[time];
    if (known) return known;
    const [low, high] = [levels[Math.floor(time)], levels[Math.ceil(time)]];
    if (!low || !high || high.signal === 0) return undefined;
    const [from, to] = [low, high].map(({ signal, sigma }) => Math.log(sigma / signal));
    const rest = time - Math.floor(time);
    return preservingLevel(Math.exp(from! + rest * (to! - from!)));
  };
}

/** The time with the least signal. */
export function noisiestTime(schedule: NoiseSchedule): number {
  return timeRange(schedule)[1];
}

/** Some times that the model knows, by their share of the way from its clearest to its noisiest. */
export function timesAt(schedule: NoiseSchedule, shares: readonly number[]): number[] {
  const [least, most] = timeRange(schedule);
  const whole = schedule.kind !== 'edm';
  return shares.map((share) => {
    const time = least + share * (most - least);
    return whole ? Math.floor(time) : time;
  });
}

function timeRange(schedule: NoiseSchedule): readonly [number, number] {
  if (schedule.kind === 'edm') {
    return [Math.log(schedule.sigmaMin) / 4, Math.log(schedule.sigmaMax) / 4];
  }
  return [0, schedule.kind === 'flow' ? schedule.trainSteps : schedule.trainSteps - 1];
}
