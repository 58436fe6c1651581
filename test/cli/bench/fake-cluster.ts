/** A cluster whose every job takes the time and gives the samples that a test says. */
import type { BenchCluster, Shape } from '../../../cli/bench/bench-cluster.ts';
import type { Report, SubmitRequest } from '../../../cli/client.ts';

export interface Answer {
  readonly wallMs: number;
  readonly samples?: Float32Array;
  readonly report?: Partial<Report>;
}

export interface FakeCluster extends BenchCluster {
  readonly requests: SubmitRequest[];
}

export function fakeCluster(shape: Shape, answer: (request: SubmitRequest) => Answer): FakeCluster {
  const requests: SubmitRequest[] = [];
  return {
    shape,
    requests,
    run: async (request) => {
      requests.push(request);
      const { wallMs, samples = new Float32Array(2), report } = answer(request);
      const whole = { ...reportOf(request), ...report, wallMs };
      const result = {
        report: whole,
        samples,
        shape: [1, 2],
        trace: [],
        kept: null,
        pictures: [],
        noPictures: '',
      };
      return { result, wallMs, totalMs: wallMs + 5 };
    },
    close: async () => undefined,
  };
}

function reportOf(request: SubmitRequest): Report {
  const { model, solver, steps, seed = 0, samples = 1, tolerance = 0.01 } = request;
  const { method = 'auto', window = steps } = request;
  const chosen = method === 'auto' ? 'secant' : method;
  const cost = {
    rounds: 7,
    staleRounds: 0,
    modelCalls: 70,
    forwardPasses: 70,
    sequentialCalls: 7,
    wallMs: 0,
  };
  return {
    ...{
      job: 'j',
      model,
      modelSha256: '',
      method: chosen,
      solver,
      steps,
      rows: steps,
      latentsPerRow: 1,
      seed,
      samples,
      tolerance,
    },
    ...{
      window,
      blocks: 1,
      workers: 1,
      outcome: 'converged',
      stop: 'final',
      guidance: 0,
      emulated: false,
      idealMs: 0,
      hostLateMs: 0,
      wire: 'float32',
    },
    ...cost,
    timeMs: { model: 0, queue: 0, network: 0, coordinator: 0, scan: 0 },
    bytes: { toWorkers: 0, fromWorkers: 0 },
    ...{
      residualMax: 0,
      errorEstimate: 0,
      sequential: null,
      certificate: null,
      plan: null,
      resumedFrom: 0,
      spotChecks: { made: 0, dropped: 0, startedOver: 0 },
    },
    sampleShape: [2],
    latents: false,
    valueRange: [-1, 1],
  };
}
