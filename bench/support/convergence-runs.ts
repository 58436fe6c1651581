/** Runs of one setting in this process, and the course they take on average. */
import { submitRequest, localJob, type LocalModel } from '../../cli/bench/local-job.ts';
import type { BenchInputs } from '../../cli/bench/bench-inputs.ts';
import { mean } from '../../cli/bench/statistics.ts';
import { PROFILE_POINTS, PROFILE_UNIT } from '../../shared/kernel/convergence.ts';
import { drive } from '../../shared/numerics/drive.ts';

export interface Setting {
  readonly method: string;
  readonly solver: 'ddim' | 'ddpm';
  readonly steps: number;
  readonly window: number;
  readonly guided: boolean;
}

export interface Course {
  readonly rounds: number;
  readonly calls: number;
  readonly frontier: readonly number[];
  readonly rows: readonly number[];
}

export interface RunOptions {
  readonly local: LocalModel;
  readonly inputs: BenchInputs;
  readonly seeds: readonly number[];
  readonly tolerance: number;
  readonly samples?: number;
}

/** Mean over the seeds. */
export async function courseOf(options: RunOptions, setting: Setting): Promise<Course> {
  const runs: Course[] = [];
  for (const seed of options.seeds) runs.push(await runOnce(options, setting, seed));
  const averaged = (of: (run: Course) => readonly number[]) =>
    Array.from({ length: PROFILE_POINTS }, (_, p) =>
      // parareal evaluates more rows in a round than it has steps
      Math.min(PROFILE_UNIT, Math.round(PROFILE_UNIT * mean(runs.map((run) => of(run)[p] ?? 0)))),
    );
  return {
    rounds: mean(runs.map(({ rounds }) => rounds)),
    calls: mean(runs.map(({ calls }) => calls)),
    frontier: averaged(({ frontier }) => frontier),
    rows: averaged(({ rows }) => rows),
  };
}

/** Frontier as a share of the steps before every round, rows evaluated as one of the window. */
async function runOnce(
  { local, inputs, tolerance, samples = 1 }: RunOptions,
  { method, solver, steps, window, guided }: Setting,
  seed: number,
): Promise<Course> {
  const { model } = local;
  const request = submitRequest(model.name, {
    solver,
    steps,
    method,
    seed,
    samples,
    tolerance,
    window,
    inputs: inputs(seed, samples).map(({ data, shape, ...input }) => ({
      ...input,
      shape: [...shape],
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    })),
    // 1 is the conditional model alone; a model that cannot be guided accepts it too
    guidance: guided ? model.guidance : 1,
  });
  const { problem } = await localJob(local, request);
  const frontier: number[] = [];
  const rows: number[] = [];
  let [before, calls] = [0, 0];
  const result = await drive(problem, (round) => {
    frontier.push(before / steps);
    rows.push((round.modelCalls - calls) / (window * samples));
    before = Math.min(...round.frontier);
    calls = round.modelCalls;
  });
  const { rounds } = result;
  return { rounds, calls, frontier: profileOf(frontier), rows: profileOf(rows) };
}

/** The values at the middle of equal shares of the rounds, linear between rounds. */
function profileOf(values: readonly number[]): number[] {
  return Array.from({ length: PROFILE_POINTS }, (_, p) => {
    const at = ((p + 0.5) / PROFILE_POINTS) * values.length - 0.5;
    const low = Math.min(values.length - 1, Math.max(0, Math.floor(at)));
    const high = Math.min(values.length - 1, low + 1);
    const share = Math.min(1, Math.max(0, at - low));
    return (1 - share) * (values[low] ?? 0) + share * (values[high] ?? 0);
  });
}
