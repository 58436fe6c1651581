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

export const spec: JobSpec = {
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
  order: 0,
  regularization: 1e-6,
  window: 8,
  tolerance: 0.01,
  stop: 'final',
  guidance: 3,
  guided: true,
  conditions: [{ name: 'class', values: Float64Array.of(1, 2) }],
  prediction: 'epsilon',
  timesteps: Float64Array.of(999, 500),
  signals: Float64Array.of(0.1, 0.6, 1),
  sigmas: Float64Array.of(0.995, 0.8, 0),
  noiseScales: Float64Array.of(0, 0),
  keepRows: false,
};

export function everyToWorker(size: number): ToWorker[] {
  const frontier = Int32Array.of(0, 3);
  const errors = {
    bound: Float64Array.of(0, 1e-300),
    defects: Float64Array.of(0, 1e-301),
    reaching: Float64Array.of(0, 1e-302),
    carried: Float64Array.of(0, 1e-303),
    interpolated: Float64Array.of(0, 1e-304, 1, 2),
    departure: Float64Array.of(-1, 0.1),
  };
  const advance = { kind: 'advance', fence, frontier, errors } as const;
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
    { kind: 'sweep', fence, frontier, windowEnd: 8, wantsDenoised: true },
    { kind: 'sweep', fence, frontier, windowEnd: 8, wantsDenoised: false, left: latentsOf(size) },
    { kind: 'sweep', fence, frontier, windowEnd: 8, wantsDenoised: false, wantsFrozen: true },
    { kind: 'sweep', fence, frontier, windowEnd: 8, wantsDenoised: false, wantsStep: true },
    { kind: 'assignBlock', fence, begin: 4, end: 5, left: latentsOf(size), single: true },
    { kind: 'assignBlock', fence, begin: 4, end: 6, left: latentsOf(size), everyRow: true },
    {
      kind: 'assignBlock',
      fence,
      begin: 4,
      end: 6,
      left: latentsOf(size),
      denoised: latentsOf(size, 2),
      volatility: Float64Array.of(-1, 1e-3),
    },
    { ...advance, restarts: 0, roundsMax: 100, previews: true },
    {
      ...advance,
      restarts: 2,
      roundsLost: 8,
      roundsMax: 1,
      previews: false,
      left: latentsOf(size),
    },
    { ...advance, restarts: 0, roundsMax: 100, previews: true, checkpointMs: 0.5, stepEvery: 256 },
    { ...advance, restarts: 0, roundsMax: 9, previews: true, alone: true, wantsLastStep: true },
    { kind: 'absorb', fence },
    { kind: 'absorb', fence, left: latentsOf(size) },
    { kind: 'correct', fence, prefix: Float64Array.of(0.1, -3), rightmost: true },
    { kind: 'releaseBlock', fence, collect: false },
    { kind: 'releaseBlock', fence, collect: false, handOver: true, left: latentsOf(size) },
    { kind: 'releaseBlock', fence, collect: true, left: latentsOf(size) },
    { kind: 'openJob', spec: { ...spec, keepRows: true, givenSeed: 0, stop: 'srds', order: 20 } },
    { kind: 'assignBlock', fence, begin: 0, end: 1, given: latentsOf(2 * size, 4) },
    { kind: 'openJob', spec: { ...spec, firstSample: 3 } },
    { kind: 'openJob', spec: { ...spec, contraction: Float64Array.of(0.1, 1) } },
    { kind: 'openJob', spec: { ...spec, guidanceWeights: Float64Array.of(0, 7.5) } },
  ];
}

const errorsAfter = {
  bound: Float64Array.of(0.1, 2),
  defects: Float64Array.of(0.05, 1),
  reaching: Float64Array.of(0.02, 0.5),
  carried: Float64Array.of(0.01, 0.25),
  interpolated: Float64Array.of(0.005, 0, 3, 0.125),
  departure: Float64Array.of(0.3, -1),
};

const rowsOfBlock = {
  firstStep: 2,
  movement: Float32Array.of(0.5, 0, 1e-30, 2 ** -149),
  slope: Float32Array.of(-1, 0.5, 0, 1.5),
  gain: Float32Array.of(1, 3, 0.25, 1),
  nearGain: Float32Array.of(1, 3, 0.5, 2),
  groupGain: Float32Array.of(1, 3, 0.25, 1, 0.5, 0, 2, 1),
  peak: Float32Array.of(0, 1, 1e-3, 7),
  residual: Float32Array.of(Infinity, 1, 2, 3),
  departure: Float32Array.of(-1, 0, 1e-30, 0.5),
  closedFormDeparture: Float32Array.of(-1, 2 ** -149, 1, 2),
  interpolated: Float32Array.of(0, 1e-5, 2 ** -149, 3),
};

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
    row: 5,
    slope,
    cost,
    residuals,
  } as const;
  const step = { row: 3, samples: [0, 2], from: latentsOf(size, 5), to: latentsOf(size, 6) };
  const frozenRow = { row: 7, state: latentsOf(size, 8), errors: errorsAfter };
  const advanced = { kind: 'advanced', fence, rounds: 6, errors: errorsAfter } as const;
  const edge = { row: 9, state: latentsOf(size, 1), denoised: latentsOf(size, 2) };
  return [
    swept,
    { ...swept, offset: latentsOf(size) },
    { ...swept, rows: rowsOfBlock, offset: latentsOf(size), denoised: latentsOf(size, 3) },
    { ...swept, offset: latentsOf(size), frozen: latentsOf(size, 4) },
    { ...swept, denoised: latentsOf(size), volatility: Float64Array.of(0.25, -1) },
    { ...swept, frozen: latentsOf(size), step },
    {
      kind: 'absorbed',
      fence,
      passing: Int32Array.of(1, 0),
      updateNorm: 0.5,
      weightedUpdateSum: 0.75,
      right: latentsOf(size),
      cost,
    },
    { kind: 'moments', fence, moments: Float64Array.of(1, 2), cost },
    { kind: 'corrected', fence, rows: rowsOfBlock, cost },
    { kind: 'corrected', fence, rows: rowsOfBlock, cost, edge },
    { kind: 'progress', fence, progress },
    { kind: 'progress', fence, progress: { ...progress, preview: latentsOf(size) } },
    { kind: 'progress', fence, progress: { ...progress, preview: latentsOf(size), frozenRow } },
    { kind: 'progress', fence, progress: { ...progress, frozenRow, step } },
    { ...advanced, progress, errorEstimate: 0.1, distrusted: false, edge },
    {
      ...advanced,
      progress: { ...progress, preview: latentsOf(size, 5) },
      errorEstimate: 10,
      distrusted: true,
      edge: { row: 10, state: latentsOf(size, 3) },
    },
    { kind: 'rows', fence, first: 3, states: latentsOf(size, 6) },
    { kind: 'blockFailed', fence, code: 'INTERNAL', message: 'why', retriable: true },
    {
      kind: 'blockFailed',
      fence,
      code: 'NON_FINITE',
      message: 'why',
      ...{ step: 0, sample: 1, element: 2 },
      retriable: false,
    },
  ];
}
