/**
 * What finished jobs have taught: factors by which the model of the wall clock was wrong, each an
 * exponential average in the logarithm. Plain data in, plain data out.
 */

export type Experience = ReadonlyMap<string, number>;

export const noExperience: Experience = new Map();

/** Weight of the newest job: a run of five decides, a single odd one does not. */
const WEIGHT = 0.3;
/** Beyond this the job was disturbed, or is not the one that was predicted. */
const RATIO_MAX = 3;
/** Keys kept; the one that was learned longest ago goes first. */
const KEYS_MAX = 1_000;

/** 1 where nothing is known. */
export function factorOf(experience: Experience, key: string): number {
  return Math.exp(experience.get(key) ?? 0);
}

/** @param ratio measured over predicted, the prediction without this factor */
export function learn(experience: Experience, key: string, ratio: number): Experience {
  if (!(ratio > 0 && ratio < Infinity)) return experience;
  const seen = Math.log(Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, ratio)));
  const before = experience.get(key);
  const next = new Map(experience);
  next.delete(key);
  next.set(key, before === undefined ? seen : (1 - WEIGHT) * before + WEIGHT * seen);
  const [oldest] = next.keys();
  if (next.size > KEYS_MAX && oldest !== undefined) next.delete(oldest);
  return next;
}
