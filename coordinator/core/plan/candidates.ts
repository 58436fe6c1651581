/** The settings that are worth predicting. */
import { defaultBlocks } from '../../../shared/numerics/partition.ts';
import type { MethodName } from '../../../shared/numerics/solver/method.ts';
import { callMs } from '../../../shared/numerics/latency-curve.ts';
import type { PlanJob, PlanWorker, Setting } from './cost-model.ts';

/** What the request leaves no choice of. */
export interface Fixed {
  readonly method?: MethodName | undefined;
  readonly window?: number | undefined;
  readonly blocks?: number | undefined;
}

export interface SettingsQuestion {
  readonly job: PlanJob;
  readonly fixed: Fixed;
  readonly workers: readonly PlanWorker[];
  /** The samples of the job may run apart from each other. */
  readonly separable: boolean;
}

export interface MethodSetting extends Setting {
  readonly method: MethodName;
}

/** A step of about 1.4: between two of them the wall clock changes little. */
const ladder = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
/** More, shorter blocks than workers: what a worker has left is dealt anew more often. */
const blocksPerWorker = [1, 2, 4];
/** Beyond this the boundaries of more blocks cost more than even loads save. */
const MANY_WORKERS = 8;
/** States, images and their histories of all live rows of a job on one worker: 2 GiB of float32. */
const ELEMENTS_MAX = 2 ** 29;
const LATENTS_PER_ROW = 5;

/** Every setting that the request leaves open. */
export function openSettings(question: SettingsQuestion): MethodSetting[] {
  const open = { ...question, workers: bySpeed(question.workers) };
  const parallel = windowSettings(open).filter((setting) => fits(question.job, setting));
  return [...sequentialSettings(open), ...parallel];
}

/** The fastest first, one sample a call. */
export function bySpeed(workers: readonly PlanWorker[]): PlanWorker[] {
  return [...workers].sort((a, b) => callMs(a.curve, 1) - callMs(b.curve, 1));
}

/** What the user has named stays as it is; what is left out has its documented default. */
export function namedSetting(question: SettingsQuestion, method: MethodName): MethodSetting {
  const { steps } = question.job;
  const { fixed } = question;
  const workers = bySpeed(question.workers);
  const window = windowOf(method, steps, fixed.window);
  const blocks = fixed.blocks ?? defaultBlocks(method, steps, workers.length);
  return { method, window, blocks, groups: 1, workers: workers.slice(0, blocks) };
}

/** Sequential is window 1; Parareal keeps all of its blocks live, as SRDS does. */
function windowOf(method: MethodName, steps: number, wanted: number | undefined): number {
  if (method === 'sequential') return 1;
  return method === 'parareal' ? steps : Math.min(steps, wanted ?? steps);
}

/** All samples in one batch on the fastest worker, or side by side on several. */
export function sequentialSettings({ job, workers: all, separable }: SettingsQuestion) {
  const workers = bySpeed(all);
  const most = separable ? Math.min(job.samples, workers.length) : 1;
  return counts(most).map((groups) => sequential(workers.slice(0, groups)));
}

function sequential(workers: readonly PlanWorker[]): MethodSetting {
  return { method: 'sequential', window: 1, blocks: 1, groups: workers.length, workers };
}

/** 1, 2, 3, 4, 6, 8, ... and the most. */
function counts(most: number): number[] {
  return [...new Set([1, ...ladder.filter((count) => count < most), most])];
}

function windowSettings(question: SettingsQuestion): MethodSetting[] {
  const { job, fixed, workers, separable } = question;
  const method = 'secant';
  const settings: MethodSetting[] = [];
  const sideBySide = separable && (fixed.blocks ?? 1) === 1 ? counts(job.samples) : [];
  for (const window of windows(question)) {
    for (const count of counts(workers.length)) {
      const own = workers.slice(0, count);
      for (const blocks of blockCounts(question, window, count)) {
        settings.push({ method, window, blocks, groups: 1, workers: own });
      }
      if (count > 1 && sideBySide.includes(count)) {
        settings.push({ method, window, blocks: 1, groups: count, workers: own });
      }
    }
  }
  return settings;
}

function windows({ job: { steps }, fixed, workers }: SettingsQuestion): number[] {
  if (fixed.window !== undefined) return [Math.min(fixed.window, steps)];
  const perWorker = [1, 2, 4, 8].map((rows) => rows * workers.length);
  const all = [...ladder, ...perWorker].filter((window) => window > 1 && window < steps);
  return [...new Set([...all, steps])].filter((window) => window > 1).sort((a, b) => a - b);
}

/** One worker holds the window in one block; several share it in as many or more. */
function blockCounts({ fixed }: SettingsQuestion, window: number, workers: number): number[] {
  if (fixed.blocks !== undefined) {
    return workers === Math.max(1, Math.min(workers, fixed.blocks)) ? [fixed.blocks] : [];
  }
  if (workers === 1) return [1];
  const each = workers > MANY_WORKERS ? [1] : blocksPerWorker;
  return each.map((blocks) => blocks * workers).filter((blocks) => blocks <= window);
}

function fits({ samples, dim }: PlanJob, { window, groups, workers }: Setting): boolean {
  const rows = (window * Math.ceil(samples / groups) * groups) / workers.length;
  return rows * dim * LATENTS_PER_ROW <= ELEMENTS_MAX;
}
