/** A coordinator that says what a test wants: real gRPC on loopback, no engine behind it. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerWritableStream } from '@grpc/grpc-js';

import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { Model } from '../../proto/generated/isochron/v1/Model.ts';
import type { PlannedSetting } from '../../proto/generated/isochron/v1/PlannedSetting.ts';
import type { PlanSummary } from '../../proto/generated/isochron/v1/PlanSummary.ts';
import type { Report } from '../../proto/generated/isochron/v1/Report.ts';
import type { ResultChunk } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import type { SamplerHandlers } from '../../proto/generated/isochron/v1/Sampler.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import type { TrajectoryPiece__Output } from '../../proto/generated/isochron/v1/TrajectoryPiece.ts';
import { residualCode } from '../../shared/kernel/residual-code.ts';
import type { SamplerError } from '../../shared/protocol/errors.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { toServiceError } from '../../shared/protocol/status.ts';

export interface Script {
  /** Thrown instead of the answer. */
  readonly submitError?: SamplerError;
  readonly waitingFor?: string;
  readonly events?: readonly JobStatus[];
  readonly watchError?: SamplerError;
  /** The stream stays open after the last event. */
  readonly watchHangs?: boolean;
  readonly chunks?: readonly ResultChunk[];
  readonly models?: readonly Model[];
  /** Nothing is ever answered. */
  readonly mute?: boolean;
}

export interface FakeCoordinator {
  readonly address: string;
  readonly submitted: SubmitRequest__Output[];
  /** Pieces of the trajectories that came with jobs. */
  readonly uploaded: TrajectoryPiece__Output[];
  readonly cancelled: string[];
  /** Submissions that arrived, answered or not. */
  calls: number;
  watches: number;
  /** Takes effect at the next call. */
  script: Script;
  close(): void;
}

export const jobId = '0123456789abcdef';

export async function startFakeCoordinator(script: Script = {}): Promise<FakeCoordinator> {
  const server = new Server();
  const fake: FakeCoordinator = {
    address: '',
    submitted: [],
    uploaded: [],
    cancelled: [],
    calls: 0,
    watches: 0,
    script,
    close: () => server.forceShutdown(),
  };
  server.addService(loadPackage().Sampler.service, { ...handlersOf(fake) });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return Object.assign(fake, { address: `127.0.0.1:${port}` });
}

function handlersOf(fake: FakeCoordinator): SamplerHandlers {
  const last = (): JobStatus => fake.script.events?.at(-1) ?? jobStatus({ state: 'DONE' });
  return {
    Submit: (call, reply) => {
      const { submitError, waitingFor = '', mute } = fake.script;
      fake.calls += 1;
      if (mute === true) return;
      fake.submitted.push(call.request);
      if (submitError === undefined) reply(null, { job: jobId, waitingFor });
      else reply(toServiceError(submitError));
    },
    Plan: (call, reply) => {
      fake.submitted.push(call.request);
      reply(null, { settings, plan });
    },
    SubmitTrajectory: (call, reply) => {
      call.on('data', (piece: TrajectoryPiece__Output) => void fake.uploaded.push(piece));
      call.on('end', () => reply(null, { job: jobId, waitingFor: fake.script.waitingFor ?? '' }));
    },
    Watch: (call) => watch(fake, call),
    GetJob: (_call, reply) => reply(null, last()),
    GetLoad: (_call, reply) => reply(null, {}),
    ListJobs: (_call, reply) => reply(null, { jobs: [last()] }),
    Cancel: (call, reply) => {
      fake.cancelled.push(call.request.job);
      reply(null, jobStatus({ state: 'CANCELLED' }));
    },
    Result: (call) => {
      for (const chunk of fake.script.chunks ?? resultChunks()) call.write(chunk);
      if (fake.script.mute !== true) call.end();
    },
    ListWorkers: (_call, reply) => reply(null, { workers: [{ id: 'w1', state: 'ready' }] }),
    ListModels: (_call, reply) => {
      const models = (fake.script.models ?? [fashion]).map((model) => ({ model, workers: 1 }));
      reply(null, { models });
    },
    Drain: (_call, reply) => reply(null, { blocks: 2 }),
  };
}

function watch(fake: FakeCoordinator, call: ServerWritableStream<object, JobEvent>): void {
  fake.watches += 1;
  const { watchError, watchHangs = false, mute = false } = fake.script;
  const { events = [jobStatus({ state: 'DONE' })] } = fake.script;
  if (mute) return;
  if (watchError !== undefined) {
    call.emit('error', toServiceError(watchError));
    return;
  }
  for (const status of events) call.write({ status });
  if (!watchHangs) call.end();
}

export function jobStatus(fields: JobStatus): JobStatus {
  return { job: jobId, model: 'fashion', solver: 'ddim', method: 'secant', steps: 4, ...fields };
}

const setting: PlannedSetting = {
  method: 'secant',
  window: 4,
  blocks: 2,
  groups: 1,
  workers: 2,
  rounds: 2.25,
  modelCalls: 12.5,
  predictedMs: 45,
  roundMs: 20,
  bytes: 4096,
  speedup: 2,
  chosen: true,
};

const settings: PlannedSetting[] = [
  setting,
  { ...setting, method: 'sequential', window: 1, predictedMs: 90, speedup: 1, chosen: false },
];

const plan: PlanSummary = {
  method: 'secant',
  window: 4,
  blocks: 2,
  groups: 1,
  workers: 2,
  predictedMs: 45,
  predictedSequentialMs: 90,
  mode: 'latency',
  reason: 'predicted to be 2.00 times as fast as the best sequential plan',
};

export const report: Report = {
  job: jobId,
  model: 'fashion',
  modelSha256: 'ab'.repeat(32),
  method: 'secant',
  solver: 'ddim',
  steps: 4,
  samples: 2,
  seed: 7,
  tolerance: 0.01,
  window: 4,
  blocks: 2,
  workers: 2,
  rounds: 2,
  staleRounds: 1,
  modelCalls: 12,
  forwardPasses: 24,
  sequentialCalls: 2,
  wallMs: 50,
  timeMs: { model: 30, queue: 5, network: 10, coordinator: 1, scan: 4 },
  bytesToWorkers: 100,
  bytesFromWorkers: 200,
  residualMax: 0.002,
  errorEstimate: 0.004,
  emulated: false,
  idealMs: 0,
  hostLateMs: 0,
  wire: 'float32',
  guidance: 2,
  outcome: 'converged',
  stop: 'final',
  sampleShape: [1, 2, 2],
  valueMinimum: -1,
  valueMaximum: 1,
  plan,
};

export const sampleValues = Float32Array.of(-1, -0.5, 0, 0.5, 1, 0.5, 0, -0.5);

/** The samples come in two pieces, neither of them a whole number of floats. */
export function resultChunks(overrides: Report = {}): ResultChunk[] {
  const bytes = Buffer.from(sampleValues.buffer);
  const codes = (...residuals: number[]): Buffer => Buffer.from(residuals.map(residualCode));
  return [
    { report: { ...report, ...overrides } },
    { samples: bytes.subarray(0, 5) },
    { samples: bytes.subarray(5) },
    { round: { round: 1, frontier: 1, firstStep: 0, residualCodes: codes(0, 0.1, 0.2, 0.4) } },
    { round: { round: 2, frontier: 4, firstStep: 1, residualCodes: codes(0.001, 0.002, 0.002) } },
  ];
}

export const fashion: Model = {
  name: 'fashion',
  sha256: 'ab'.repeat(32),
  backend: 'onnx',
  sampleShape: [1, 2, 2],
  prediction: 'epsilon',
  schedule: 'linear',
  trainSteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  spacing: 'linspace',
  terminalAlphaBar: 1,
  dataStd: 0.7,
  valueMinimum: -1,
  valueMaximum: 1,
  guidance: 2,
  conditions: [
    {
      name: 'class',
      dtype: 'int64',
      minimum: 0,
      maximum: 2,
      unconditional: 3,
      labels: ['t-shirt', 'sneaker', 'ankle boot'],
    },
  ],
  maxBatch: 64,
  latencyCurve: [{ batch: 1, ms: 3 }],
  license: 'MIT',
};
