import { expect, it } from 'vitest';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { initialBundles } from '../../coordinator/shell/job-noise.ts';
import { gather, partRecords, partsOfPlan } from '../../coordinator/shell/job-parts.ts';
import { createJobRecord, type Resolved } from '../../coordinator/shell/job-record.ts';
import type { JobSpec } from '../../shared/kernel/block-messages.ts';
import type { StepTable } from '../../shared/numerics/step-table.ts';
import { prepareJob } from '../../worker/core/job-setup.ts';
import { spec as someSpec } from '../protocol/wire-samples.ts';

const samples = 5;
const dim = 4;

function wholeRecord() {
  const record = createJobRecord('j', {} as SubmitRequest__Output);
  const values = Float64Array.from({ length: 2 * samples }, (_, k) => k);
  const conditions = [{ name: 'goal', values }];
  const spec = { ...someSpec, job: 'j', seed: 7, samples, dim, conditions };
  const guess = Float32Array.from({ length: samples * dim }, (_, k) => k);
  const start = guess.map((value) => -value);
  record.resolved = { spec, guess, start } as unknown as Resolved;
  return { record, spec };
}

it('gives every part its samples: their conditions, their guess and their noise', () => {
  const { record, spec } = wholeRecord();
  const parts = partRecords(record, 2);
  expect(partsOfPlan(parts, () => undefined)).toEqual([
    { job: 'j-part-0', samples: 2, checkpoint: undefined },
    { job: 'j-part-1', samples: 3, checkpoint: undefined },
  ]);
  const [, second] = parts;
  const own = second?.resolved;
  expect(own?.spec.conditions[0]?.values).toEqual(Float64Array.of(4, 5, 6, 7, 8, 9));
  expect(own?.guess).toEqual(Float32Array.from({ length: 12 }, (_, k) => 8 + k));
  expect(own?.start).toEqual(Float32Array.from({ length: 12 }, (_, k) => -8 - k));
  if (!own) throw new Error('no second part');
  const denoiser = { evaluate: () => Promise.reject(new Error('not called')) };
  const [whole, part] = [spec, own.spec].map((one) => prepareJob(one, denoiser));
  expect(part?.initial()).toEqual(whole?.initial().slice(2 * dim));
  const table = { parts: 1 } as StepTable;
  const bundles = (of: JobSpec, changes = {}) =>
    initialBundles({ spec: { ...of, ...changes }, table });
  expect(bundles(own.spec)).toEqual(bundles(spec).slice(2 * dim));
  // noise of another scale is the same to the bit on both sides
  const scaled = bundles(spec, { initialScale: 1.5 });
  expect(scaled).toEqual(bundles(spec).map((value) => 1.5 * value));
  expect(prepareJob({ ...spec, initialScale: 1.5 }, denoiser).initial()).toEqual(scaled);
  const [ofWhole, ofPart] = [new Float32Array(dim), new Float32Array(dim)];
  whole?.problem.noise(3, 4, ofWhole, 0);
  part?.problem.noise(3, 2, ofPart, 0);
  expect(ofPart).toEqual(ofWhole);
});

it('puts the samples together in their order, once all are there', () => {
  const { record } = wholeRecord();
  record.parts = partRecords(record, 2);
  const [first, second] = record.parts;
  if (!first || !second) throw new Error('no parts');
  second.samples = new Float32Array(3 * dim).fill(2);
  gather(record);
  expect(record.samples).toBeUndefined();
  first.samples = new Float32Array(2 * dim).fill(1);
  first.coordinatorMs = 4;
  gather(record);
  expect(record.samples).toEqual(Float32Array.from({ length: 20 }, (_, k) => (k < 8 ? 1 : 2)));
  expect(record.coordinatorMs).toBe(4);
});
