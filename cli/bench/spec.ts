/** What the options of `bench` say: solvers, methods and seeds, as text and as data. */
import { InvalidArgumentError } from 'commander';

import { isMethodName } from '../../shared/numerics/solver/method.ts';
import type { Initialization, MethodName } from '../../shared/numerics/solver/method.ts';

/** One solver with its number of steps, `ddim-50`. Whether it exists is for the coordinator. */
export interface SolverSpec {
  readonly label: string;
  readonly solver: string;
  readonly steps: number;
}

/** One method with its settings, `parataa-2/quarter:denoised@125`. */
export interface MethodSpec {
  readonly label: string;
  readonly method: MethodName | 'auto';
  /** Anderson differences. */
  readonly memory?: number;
  /** ParaTAA's order as a number of rows, or as a share of the steps. */
  readonly order?: number | 'half' | 'quarter';
  readonly initialization?: Initialization;
  /** Rows; the window of the whole command where absent. */
  readonly window?: number;
}

export const methodGrammar =
  'NAME[-DIFFERENCES][/ORDER][:START][@WINDOW], such as secant@8, parataa-2/quarter:denoised';

const SEEDS_MAX = 10_000;

export function solverList(text: string): SolverSpec[] {
  return listOf(text, solverSpec);
}

export function solverSpec(text: string): SolverSpec {
  const [, solver = '', steps = ''] = /^([a-z][a-z0-9-]*)-(\d{1,6})$/.exec(text) ?? [];
  if (Number(steps) >= 1) return { label: text, solver, steps: Number(steps) };
  throw new InvalidArgumentError(`found "${text}", expected SOLVER-STEPS, such as ddim-50.`);
}

export function methodList(text: string): MethodSpec[] {
  return listOf(text, methodSpec);
}

const methodPattern =
  /^([a-z]+(?:-[a-z]+)*)(?:-(\d))?(?:\/(\d+|half|quarter))?(?::(denoised|constant))?(?:@(\d+))?$/;

function methodSpec(text: string): MethodSpec {
  const [, method = '', memory, order, start, window] = methodPattern.exec(text) ?? [];
  if (!isMethodName(method) && method !== 'auto') throw badMethod(text);
  const accelerated = memory !== undefined || order !== undefined;
  if (accelerated && method !== 'parataa') throw badMethod(text);
  return {
    label: text,
    method,
    ...(memory === undefined ? {} : { memory: Number(memory) }),
    ...(order === undefined ? {} : { order: orderOf(order) }),
    ...(start === undefined ? {} : { initialization: start as Initialization }),
    ...(window === undefined ? {} : { window: Number(window) }),
  };
}

function orderOf(text: string): number | 'half' | 'quarter' {
  return text === 'half' || text === 'quarter' ? text : Number(text);
}

function badMethod(text: string): InvalidArgumentError {
  return new InvalidArgumentError(`found "${text}", expected ${methodGrammar}.`);
}

/** Rows that the order means for this many steps, at least one. */
export function orderRows(order: number | 'half' | 'quarter', steps: number): number {
  if (typeof order === 'number') return order;
  return Math.max(1, Math.round(steps / (order === 'half' ? 2 : 4)));
}

/** `1..8`, `7` or `1,5,9..12`. */
export function seedList(text: string): number[] {
  const seeds = listOf(text, seedRange).flat();
  if (seeds.length <= SEEDS_MAX) return seeds;
  throw new InvalidArgumentError(`found ${seeds.length} seeds, expected at most ${SEEDS_MAX}.`);
}

function seedRange(text: string): number[] {
  const [, first, last = first] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (!(count >= 1 && count <= SEEDS_MAX)) {
    throw new InvalidArgumentError(`found "${text}", expected seeds such as 1..8 or 3.`);
  }
  return Array.from({ length: count }, (_, k) => Number(first) + k);
}

/** Comma-separated positive numbers: tolerances. */
export function numberList(text: string): number[] {
  return listOf(text, (part) => {
    const value = Number(part);
    if (value > 0 && value < Infinity) return value;
    throw new InvalidArgumentError(`found "${part}", expected a number above 0.`);
  });
}

export function integerList(text: string): number[] {
  return listOf(text, (part) => {
    if (/^[1-9]\d{0,5}$/.test(part)) return Number(part);
    throw new InvalidArgumentError(`found "${part}", expected a whole number from 1 on.`);
  });
}

function listOf<Item>(text: string, parse: (part: string) => Item): Item[] {
  const parts = text.split(',').map((part) => part.trim());
  const items = parts.filter((part) => part !== '').map(parse);
  if (items.length > 0) return items;
  throw new InvalidArgumentError('found nothing, expected at least one entry.');
}
