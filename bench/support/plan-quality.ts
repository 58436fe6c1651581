/** The share of maze-planner's plans that stay out of walls and join the ends asked for. */
import { drawEnds, faultsOf, planOf, readMaze, toModel } from './maze.ts';
import { forEachJob, type Quality, type RunJob } from './quality.ts';

const PER_JOB = 50;
const SHARE_MIN = 0.95;
/** Of starts and goals; the training data come from another generator. */
const ENDS_SEED = 2;

/** Samples `count` plans, each for its own start and goal. */
export async function planQuality(folder: string, run: RunJob, count = 500): Promise<Quality> {
  const maze = readMaze(folder);
  const pairs = Array.from({ length: count }, (_, k) => drawEnds(maze, ENDS_SEED, k));
  const counts = { valid: 0, 'touches a wall': 0, 'misses an end': 0 };
  const pairsOf = (job: number) => pairs.slice((job - 1) * PER_JOB, job * PER_JOB);
  await forEachJob(
    Math.ceil(count / PER_JOB),
    (job) => {
      const mine = pairsOf(job);
      const inputs = ['start', 'goal'].map((name, end) => {
        const data = Float32Array.from(mine.flatMap((ends) => toModel(maze, ends[end] ?? [0, 0])));
        return { name, dtype: 'float32' as const, shape: [mine.length, 2], data };
      });
      return run({ seed: job, samples: mine.length, inputs });
    },
    (samples, job) => {
      for (const [row, ends] of pairsOf(job).entries()) {
        const faults = faultsOf(maze, planOf(maze, samples, row), ends);
        if (faults.length === 0) counts.valid++;
        for (const fault of faults) counts[fault]++;
      }
    },
  );
  const share = counts.valid / count;
  const report = [
    `${count} plans, ${(100 * share).toFixed(1)} % valid`,
    `${counts['touches a wall']} touch a wall`,
    `${counts['misses an end']} miss start or goal by more than ${maze.endTolerance} cells`,
  ].join('\n');
  return { report, share, shareMin: SHARE_MIN, details: { plans: count, ...counts } };
}
