/** What must hold of a load run. */
import type { FairRun } from './fair-run.ts';
import type { StormRun } from './storm-run.ts';

export interface Verdict {
  readonly figures: Readonly<Record<string, unknown>>;
  /** Why it failed; empty where it passed. */
  readonly reasons: readonly string[];
}

const SUBMIT_P99_MS = 50;
const JAIN_LEAST = 0.95;
/** Fewer, and there was no storm: jobs ended before anybody could cancel them. */
const STORM_LEAST = 0.5;
const MIB = 2 ** 20;
/** Of a resident set of about 150 MiB; what a leak of a record per job would exceed. */
const GROWTH_MIB = 16;

export function judgeFair(run: FairRun, jobs: number): Verdict {
  const growthMib = run.memoryGrowthBytes / MIB;
  const jainLeast = Math.min(...run.jain);
  const reasons = [
    wrong(run.done !== jobs, `${run.done} of ${jobs} jobs are done`),
    wrong(!(run.submitMs.p99 < SUBMIT_P99_MS), `submit p99 is ${run.submitMs.p99.toFixed(1)} ms`),
    wrong(run.jain.length === 0, 'not all clients had jobs waiting at two checkpoints'),
    wrong(jainLeast < JAIN_LEAST, `Jain index ${jainLeast.toFixed(3)} between two checkpoints`),
    wrong(growthMib > GROWTH_MIB, `resident memory grew by ${growthMib.toFixed(1)} MiB`),
  ].flat();
  const figures = {
    ...run,
    jain: { least: round(jainLeast), checkpoints: run.jain.length + 1 },
    memoryGrowthMib: round(growthMib),
    memoryMostMib: round(run.memoryMostBytes / MIB),
  };
  return { figures, reasons };
}

export function judgeStorm(run: StormRun, jobs: number): Verdict {
  const { done, failed, cancelled } = run.load;
  const left = Object.entries(run.left).filter(([, count]) => count !== 0);
  const reasons = [
    wrong(
      done + failed + cancelled !== jobs,
      `${done} + ${failed} + ${cancelled} of ${jobs} ended`,
    ),
    wrong(failed > 0, `${failed} jobs failed`),
    wrong(cancelled < STORM_LEAST * jobs, `${cancelled} of ${jobs} were cancelled: more --steps`),
    wrong(run.twoEnds.length > 0, `jobs with two ends: ${run.twoEnds.join(', ')}`),
    wrong(run.revived.length > 0, `jobs that left their end: ${run.revived.join(', ')}`),
    wrong(!(run.cancelMs.p99 < 1_000), `cancel p99 is ${run.cancelMs.p99.toFixed(0)} ms`),
    wrong(left.length > 0, `not back at zero: ${JSON.stringify(Object.fromEntries(left))}`),
  ].flat();
  return { figures: { ...run, ...run.load }, reasons };
}

function wrong(is: boolean, text: string): string[] {
  return is ? [text] : [];
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
