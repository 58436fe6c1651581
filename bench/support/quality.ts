/** What judges of a model's samples have in common. */
import type { SubmitRequest } from '../../cli/client.ts';

/** Samples one job; every setting that is not in the request is the caller's. */
export type RunJob = (
  request: Pick<SubmitRequest, 'seed' | 'samples' | 'inputs'>,
) => Promise<Float32Array>;

export interface Quality {
  readonly report: string;
  /** The part of the samples that are good, and how much of them have to be. */
  readonly share: number;
  readonly shareMin: number;
  /** For the JSON file. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Calls `sample` for the jobs 1 to `jobs`, two at a time, and `take` with each result in order. */
export async function forEachJob(
  jobs: number,
  sample: (job: number) => Promise<Float32Array>,
  take: (samples: Float32Array, job: number) => Promise<void> | void,
): Promise<void> {
  for (let first = 1; first <= jobs; first += 2) {
    const some = [first, first + 1].filter((one) => one <= jobs);
    const results = await Promise.all(some.map(sample));
    for (const [k, samples] of results.entries()) await take(samples, first + k);
    process.stderr.write(`${Math.min(first + 1, jobs)} of ${jobs} jobs\r`);
  }
}
