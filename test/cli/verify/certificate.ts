import type { CertificateDocument } from '../../../cli/job/certificate-document.ts';

/** A certificate of two latents of four elements, to be changed by a test. */
export function certificate(changes: Partial<CertificateDocument> = {}): CertificateDocument {
  const hash = 'cd'.repeat(32);
  return {
    format: 'isochron-certificate/2',
    isochron: '0.1.0',
    job: '0123456789abcdef',
    model: 'fashion',
    modelSha256: 'ab'.repeat(32),
    method: 'secant',
    solver: 'ddim',
    solverOptions: {},
    sigmas: '',
    eta: 0,
    steps: 4,
    rows: 4,
    latentsPerRow: 1,
    spacing: 'linspace',
    gridSha256: 'ef'.repeat(32),
    seed: 7,
    samples: 2,
    sampleShape: [1, 2, 2],
    guidance: 0,
    inputs: [],
    tolerance: 0.01,
    passed: true,
    reason: '',
    residualMax: 0,
    residualRow: 0,
    residualSample: 0,
    increments: [0, 0],
    errorEstimate: 0,
    batchJitter: 0,
    modelCalls: 8,
    forwardPasses: 8,
    wallMs: 5,
    workers: 2,
    blocks: 2,
    files: { samples: hash, trajectory: hash, residuals: hash },
    ...changes,
  };
}
