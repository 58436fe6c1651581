import { toReport } from '../../../cli/client/messages.ts';
import type { JobResult } from '../../../cli/client.ts';
import type { Report__Output } from '../../../proto/generated/isochron/v1/Report.ts';
import { initialState } from '../../support/mixture-job.ts';
import { report, sampleValues } from '../fake-coordinator.ts';

/** Of the fake coordinator's report: four steps, two samples of [1, 2, 2]. */
export const madeCertificate = {
  passed: true,
  reason: '',
  residualMax: 0.002,
  residualRow: 3,
  residualSample: 1,
  increments: [0.001, 0.004],
  errorEstimate: 0.01,
  modelCalls: 8,
  forwardPasses: 16,
  wallMs: 12,
  workers: 2,
  blocks: 2,
  eta: 0,
  sigmas: '',
  guidanceSchedule: [],
  solverOptions: '',
  initialScale: 1,
  spacing: 'linspace',
  gridSha256: 'ef'.repeat(32),
  outputScales: [0.1, 0.1, 0.1, 0.1],
  batchJitter: 0,
};

export const residuals = Float32Array.of(0, 1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4, 0.002);

/** x[0] is the noise of the report's seed, x[4] the fake coordinator's samples. */
export function trajectoryStates(): Float32Array {
  const noise = initialState(7, 2, 4);
  const between = Float32Array.from({ length: 24 }, (_, k) => Math.fround(Math.cos(k)));
  return Float32Array.of(...noise, ...between, ...sampleValues);
}

export function certifiedResult(): JobResult {
  const wire = { ...report, errorEstimate: 0.004, certificate: madeCertificate };
  return {
    report: toReport(wire as unknown as Report__Output),
    samples: sampleValues,
    shape: [2, 1, 2, 2],
    trace: [],
    pictures: [],
    noPictures: '',
    kept: {
      states: trajectoryStates(),
      residuals,
      inputs: [{ name: 'class', dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 2n) }],
    },
  };
}

export function uncertifiedResult(): JobResult {
  const { report: made, ...result } = certifiedResult();
  return { ...result, report: { ...made, certificate: null }, kept: null };
}
