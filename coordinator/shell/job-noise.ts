/** The little noise that the coordinator makes itself, the same as the workers make. */
import { bundlesOf } from '../../shared/numerics/bundle.ts';
import { scaleInto } from '../../shared/numerics/vector.ts';
import { assert } from '../../shared/kernel/assert.ts';
import { fillNormal, noiseStream, seedWords } from '../../shared/kernel/random.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import { noiseAhead, type NoiseAhead } from '../../shared/numerics/noise-ahead.ts';
import type { NoiseSource } from '../../shared/numerics/sequential.ts';
import { isMethodName, method, type Method } from '../../shared/numerics/solver/method.ts';
import type { JobRecord, Resolved } from './job-record.ts';

/** X[0] of all samples. */
export function initialBundles({ spec, table }: Pick<Resolved, 'spec' | 'table'>): Float32Array {
  return bundlesOf(initialState(spec), spec.samples, table.parts);
}

function initialState(spec: JobSpec): Float32Array {
  const { seed, samples, dim, firstSample = 0, initialScale = 1 } = spec;
  const state = new Float32Array(samples * dim);
  const words = seedWords(seed);
  for (let sample = 0; sample < samples; sample++) {
    const key = { seed: words, stream: noiseStream.initial, sample: firstSample + sample, step: 0 };
    fillNormal(state, sample * dim, dim, key);
  }
  if (initialScale !== 1) scaleInto(state, 0, initialScale, state, 0, state.length);
  return state;
}

/** What a roll-out over waiting rows needs to know of the job. */
export function rollOutProblem(record: JobRecord) {
  const resolved = requireResolved(record);
  const { spec, table } = resolved;
  const { samples, dim, seed } = spec;
  const { method, ahead } = sourcesOf(resolved);
  const { given: trajectory } = record;
  const other = trajectory && trajectory.seed !== seed ? noiseOf(spec, trajectory.seed) : undefined;
  const given = trajectory && { first: 0, states: trajectory.states, noise: other };
  return { table, samples, dim, noise: ahead.source, method, given };
}

/** Draws noise for rows that may be rolled out in the next round; false where nothing is left. */
export function drawAhead(record: JobRecord, windowEnd: number): boolean {
  const resolved = requireResolved(record);
  const { ahead } = sourcesOf(resolved);
  return ahead.draw(windowEnd, windowEnd + resolved.spec.window);
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
    ahead: noiseAhead(noiseOf(spec, spec.seed), spec, table),
  };
  sources.set(resolved, made);
  return made;
}

function noiseOf({ dim, firstSample = 0 }: JobSpec, seed: number): NoiseSource {
  const key = { seed: seedWords(seed), stream: noiseStream.step };
  return (step, sample, out, at) =>
    fillNormal(out, at, dim, { ...key, sample: firstSample + sample, step });
}
