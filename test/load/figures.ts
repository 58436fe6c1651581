/** What a load run is judged by. */

/** Of n shares: 1 where all are equal, 1/n where one has everything (Jain, Chiu, Hawe, 1984). */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

/** The value that so large a part of all are not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}

export interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** How much higher the last fifth of the samples is than the first fifth, by their medians. */
export function growth(samples: readonly Sample[]): number {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const bytes = samples.map((sample) => sample.bytes);
  return quantile(bytes.slice(-fifth), 0.5) - quantile(bytes.slice(0, fifth), 0.5);
}
