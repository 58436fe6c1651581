/** One of every message, for the round trips; sizes are chosen by the test. */
import type {
  Fence,
  FromBlock,
  JobSpec,
  ToWorker,
  WorkCost,
} from '../../shared/kernel/block-messages.ts';

export const fence: Fence = { job: 'j1', block: 3, epoch: 7, attempt: 2, round: 11 };
export const cost: WorkCost = {
  modelCalls: 12,
  forwardPasses: 24,
  microBatches: 2,
  modelMs: 1.5,
  queueMs: 0.25,
  scanMs: 0.125,
};

export function latentsOf(length: number, start = 0): Float32Array {
  return Float32Array.from({ length }, (_, e) => Math.fround(Math.sin(start + e)));
}

const spec: JobSpec = {
  job: 'j1',
  model: 'mixture6',
  modelSha256: 'ab'.repeat(32),
  samples: 2,
  dim: 4,
  seed: Number.MAX_SAFE_INTEGER,
  method: 'secant',
  initialization: 'denoised',
  priorStd: 0.5,
  memory: 1,
  regularization: 1e-6,
  window: 8,
  tolerance: 0.01,
  guidance: 3,
  guided: true,
  conditions: [{ name: 'class', values: Float64Array.of(1, 2) }],
  prediction: 'epsilon',
  timesteps: Float64Array.of(999, 500),
  alphaBars: Float64Array.of(0.01, 0.5, 1),
  noiseScales: Float64Array.of(0, 0),
};

export function everyToWorker(size: number): ToWorker[] {
  const frontier = Int32Array.of(0, 3);
  return [
    { kind: 'openJob', spec },
    { kind: 'closeJob', job: 'j1' },
    { kind: 'assignBlock', fence, begin: 0, end: 10 },
    { kind: 'assignBlock', fence, begin: 5, end: 10, left: latentsOf(size) },
    {
      kind: 'assignBlock',
      fence,
      begin: 5,
      end: 10,
      left: latentsOf(size),
      denoised: latentsOf(size, 9),
    },
    { kind: 'sweep', fence, frontier, windowEnd: 8, rightmost: true },
    { kind: 'advance', fence, frontier, roundsMax: 100, previews: true },
    { kind: 'absorb', fence, weight: Float64Array.of(1, 2.5), rightmost: false },
    { kind: 'absorb', fence, left: latentsOf(size), weight: Float64Array.of(1), rightmost: true },
    { kind: 'correct', fence, prefix: Float64Array.of(0.1, -3), rightmost: true },
    { kind: 'releaseBlock', fence },
  ];
}

export function everyFromBlock(size: number): FromBlock[] {
  const slope = Float64Array.of(0.5, 0.25);
  const residuals = { round: 4, firstStep: 2, codes: Uint8Array.of(0, 200, 255), frontier: 2 };
  const progress = {
    rounds: [residuals, { ...residuals, round: 5, codes: new Uint8Array(0) }],
    frontier: Int32Array.of(2, 4),
    cost,
    updateNorm: Infinity,
  };
  const swept = {
    kind: 'swept',
    fence,
    slope,
    weightFloor: Float64Array.of(1, 1),
    weightScale: slope,
    cost,
    residuals,
  } as const;
  const absorbed = {
    kind: 'absorbed',
    fence,
    passing: Int32Array.of(1, 0),
    updateNorm: 0.5,
    weightedUpdateSum: 0.75,
    cost,
  } as const;
  const edge = { row: 9, state: latentsOf(size, 1), denoised: latentsOf(size, 2) };
  return [
    swept,
    { ...swept, offset: latentsOf(size) },
    absorbed,
    { ...absorbed, moments: Float64Array.of(1, 2), right: latentsOf(size), edge },
    { kind: 'progress', fence, progress },
    { kind: 'progress', fence, progress: { ...progress, preview: latentsOf(size) } },
    { kind: 'advanced', fence, progress, rounds: 6, weightedUpdateSum: 0.1, edge },
    {
      kind: 'advanced',
      fence,
      progress: { ...progress, preview: latentsOf(size, 5) },
      rounds: 6,
      weightedUpdateSum: 0.1,
      edge: { row: 10, state: latentsOf(size, 3) },
    },
    { kind: 'blockFailed', fence, code: 'INTERNAL', message: 'why', retriable: true },
    {
      kind: 'blockFailed',
      fence,
      code: 'NON_FINITE',
      message: 'why',
      step: 0,
      sample: 1,
      retriable: false,
    },
  ];
}
