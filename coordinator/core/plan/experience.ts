/**
 * What finished jobs have taught: factors by which the model of the wall clock was wrong, each the
 * median of what the last jobs measured, in the logarithm, and of one job that found the model
 * right: a single odd job moves it half its way, among several it does not count. Plain data in,
 * plain data out.
 */

/** Logarithms of measured over predicted, the newest last. */
export type Experience = ReadonlyMap<string, readonly number[]>;

export const noExperience: Experience = new Map();

/** Jobs that are remembered: a machine that has changed is known after half of them. */
const JOBS_MAX = 5;
/** Beyond this the job was disturbed, or is not the one that was predicted. */
const RATIO_MAX = 3;
/** Keys kept; the one that was learned longest ago goes first. */
const KEYS_MAX = 1_000;

/** 1 where nothing is known. */
export function factorOf(experience: Experience, key: string): number {
  const sorted = [0, ...(experience.get(key) ?? [])].toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = 0, high = 0] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return Math.exp((low + high) / 2);
}

/** @param ratio measured over predicted, the prediction without this factor */
export function learn(experience: Experience, key: string, ratio: number): Experience {
  if (!(ratio > 0 && ratio < Infinity)) return experience;
  const seen = Math.log(Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, ratio)));
  const before = experience.get(key) ?? [];
  const next = new Map(experience);
  next.delete(key);
  next.set(key, [...before, seen].slice(-JOBS_MAX));
  const [oldest] = next.keys();
  if (next.size > KEYS_MAX && oldest !== undefined) next.delete(oldest);
  return next;
}
