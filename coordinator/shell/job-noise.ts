/** The little noise that the coordinator makes itself, the same as the workers make. */
import { bundlesOf } from '../../shared/numerics/bundle.ts';
import { assert } from '../../shared/kernel/assert.ts';
import { noiseAhead, type NoiseAhead } from '../../shared/numerics/noise-ahead.ts';
import { initialLatents, stepNoise } from '../../shared/numerics/seeded-noise.ts';
import { isMethodName, method, type Method } from '../../shared/numerics/solver/method.ts';
import type { JobRecord, Resolved } from './job-record.ts';
import { startFrom } from './start-image.ts';

/** X[0] of all samples. */
export function initialBundles({ spec, table, start }: InitialState): Float32Array {
  if (!start) return bundlesOf(initialLatents(spec), spec.samples, table.parts);
  const state = initialLatents({ ...spec, initialScale: 1 });
  startFrom(state, start, spec);
  return bundlesOf(state, spec.samples, table.parts);
}

type InitialState = Pick<Resolved, 'spec' | 'table' | 'start'>;

/** What a roll-out over waiting rows needs to know of the job. */
export function rollOutProblem(record: JobRecord) {
  const resolved = requireResolved(record);
  const { spec, table } = resolved;
  const { samples, dim, seed } = spec;
  const { method, ahead } = sourcesOf(resolved);
  const { given: trajectory } = record;
  const other =
    trajectory && trajectory.seed !== seed ? stepNoise(spec, trajectory.seed) : undefined;
  const given = trajectory && { first: 0, states: trajectory.states, noise: other };
  return { table, samples, dim, noise: ahead.source, method, given };
}

/**
 * Draws noise for rows that may be rolled out in the next round, which starts at `edge`; false
 * where nothing is left.
 */
export function drawAhead(record: JobRecord, edge: number, windowEnd: number): boolean {
  const resolved = requireResolved(record);
  const { ahead } = sourcesOf(resolved);
  ahead.forget(edge);
  return ahead.draw(edge, windowEnd + resolved.spec.window);
}

function requireResolved({ id, resolved }: JobRecord): Resolved {
  assert(resolved, `job ${id} runs before it is resolved`);
  return resolved;
}

interface Sources {
  readonly method: Method;
  readonly ahead: NoiseAhead;
}

const sources = new WeakMap<Resolved, Sources>();

function sourcesOf(resolved: Resolved): Sources {
  const known = sources.get(resolved);
  if (known) return known;
  const { spec, table } = resolved;
  const name = isMethodName(spec.method) ? spec.method : 'secant';
  const entry = spec.initialization === 'constant' ? 'constant' : 'denoised';
  const made = {
    method: method(name, { initialization: entry }),
    ahead: noiseAhead(stepNoise(spec, spec.seed), spec, table),
  };
  sources.set(resolved, made);
  return made;
}
