/** A convergence table in a registration. */
import type {
  Convergence,
  Convergence__Output,
} from '../../proto/generated/isochron/v1/Convergence.ts';
import {
  PROFILE_POINTS,
  PROFILE_UNIT,
  SLOPE_MAX,
  type Contraction,
  type ConvergenceEntry,
  type ConvergenceTable,
} from '../kernel/convergence.ts';
import { limits, outOfRange, requireInteger } from '../kernel/limits.ts';

export function encodeConvergence(table: ConvergenceTable): Convergence {
  const entries = table.entries.map((entry) => ({
    ...entry,
    frontier: [...entry.frontier],
    rows: [...entry.rows],
  }));
  const contraction = (table.contraction ?? []).map(({ solver, sigma, part }) => ({
    solver,
    sigma: [...sigma],
    part: [...part],
  }));
  return { ...table, entries, contraction };
}

/** @throws RangeError where a figure is none that a plan can be computed with. */
export function decodeConvergence(received: Convergence__Output): ConvergenceTable {
  const { tolerance, toleranceSlope, samplesSlope, entries, contraction } = received;
  requireNumber('convergence.tolerance', tolerance, limits.toleranceMax);
  requireInteger('convergence.entries', entries.length, 1, limits.convergenceEntriesMax);
  for (const slope of [toleranceSlope, samplesSlope]) {
    if (!(slope >= 0 && slope <= SLOPE_MAX)) {
      throw outOfRange('convergence slope', slope, `0 to ${SLOPE_MAX}`);
    }
  }
  const measured = contraction.map(decodeContraction);
  return {
    tolerance,
    toleranceSlope,
    samplesSlope,
    entries: entries.map(decodeEntry),
    ...(measured.length > 0 && { contraction: measured }),
  };
}

function decodeEntry(entry: Convergence__Output['entries'][number]): ConvergenceEntry {
  const { method, solver, steps, window, guided, rounds, calls, frontier, rows } = entry;
  requireInteger('convergence.method.length', method.length, 1, limits.nameMax);
  requireInteger('convergence.solver.length', solver.length, 1, limits.nameMax);
  requireInteger('convergence.steps', steps, 1, limits.stepsMax);
  requireInteger('convergence.window', window, 1, limits.stepsMax);
  requireNumber('convergence.rounds', rounds, limits.stepsMax);
  requireNumber('convergence.calls', calls, limits.stepsMax ** 2);
  for (const profile of [frontier, rows]) {
    requireInteger('convergence profile', profile.length, PROFILE_POINTS, PROFILE_POINTS);
    for (const value of profile) requireInteger('convergence profile', value, 0, PROFILE_UNIT);
  }
  return { method, solver, steps, window, guided, rounds, calls, frontier, rows };
}

function decodeContraction(received: Convergence__Output['contraction'][number]): Contraction {
  const { sigma, part } = received;
  const solver = (['ddim', 'ddpm'] as const).find((known) => known === received.solver);
  if (!solver) throw outOfRange('contraction.solver', received.solver, 'ddim or ddpm');
  requireInteger('contraction.sigma', sigma.length, 1, limits.contractionLevelsMax);
  requireInteger('contraction.part', part.length, sigma.length, sigma.length);
  for (const [k, level] of sigma.entries()) {
    if (!(level > 0 && level <= (sigma[k - 1] ?? 1))) {
      throw outOfRange('contraction.sigma', level, 'noise levels from 1 to 0, falling');
    }
    requireNumber('contraction.part', part[k] ?? 0, 1);
  }
  return { solver, sigma, part };
}

function requireNumber(field: string, found: number, most: number): void {
  if (!(found > 0 && found <= most)) throw outOfRange(field, found, `above 0, at most ${most}`);
}
