/** `certificate.json`: what was sampled, how consistent it is, and the hashes of both. */
import { z } from 'zod';

import { limits } from '../../shared/kernel/limits.ts';
import { solverNames } from '../../shared/numerics/solvers.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import type { SubmitRequest } from '../client/types.ts';
import type { Certificate, InputTensor, Report } from '../client/types.ts';

export const certificateFormat = 'isochron-certificate/2';

/** The files beside certificate.json; their names are fixed, none is read from anywhere. */
export const certifiedFiles = {
  certificate: 'certificate.json',
  samples: 'samples.npy',
  trajectory: 'trajectory.npy.gz',
  residuals: 'residuals.npy',
} as const;

export function inputFile(index: number): string {
  return `input-${index}.npy`;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const sides = z.array(z.int().min(1)).max(limits.rankMax);
const text = z.string().max(4096);
/** A number for each of the most steps that there may be. */
const SIGMAS_LENGTH_MAX = 32 * limits.stepsMax;
const positive = z.number().min(0);

const schema = z
  .strictObject({
    format: z.literal(certificateFormat),
    isochron: text,
    job: text,
    model: z.string().min(1).max(limits.nameMax),
    modelSha256: hash,
    method: text,
    solver: z.enum(solverNames),
    solverOptions: z.record(z.string(), z.unknown()),
    eta: z.number().min(0).max(1),
    steps: z.int().min(1).max(limits.stepsMax),
    rows: z.int().min(1).max(limits.stepsMax),
    latentsPerRow: z.int().min(1).max(limits.ruleDepthMax),
    spacing: z.enum(['leading', 'trailing', 'linspace']),
    sigmas: z.string().max(SIGMAS_LENGTH_MAX),
    gridSha256: hash,
    seed: count.max(limits.seedMax),
    samples: z.int().min(1).max(limits.samplesMax),
    sampleShape: sides,
    guidance: positive,
    guidanceSchedule: z.array(positive).max(limits.stepsMax).default([]),
    inputs: z
      .array(
        z.strictObject({
          name: text,
          dtype: z.enum(['int64', 'int32', 'float32']),
          shape: sides,
          sha256: hash,
        }),
      )
      .max(64),
    tolerance: positive,
    passed: z.boolean(),
    reason: text,
    residualMax: positive,
    residualRow: count,
    residualSample: count,
    increments: z.array(positive).max(limits.samplesMax),
    errorEstimate: positive,
    batchJitter: positive,
    modelCalls: count,
    forwardPasses: count,
    wallMs: positive,
    workers: count,
    blocks: count,
    files: z.strictObject({ samples: hash, trajectory: hash, residuals: hash }),
  })
  .refine(
    ({ rows, samples, latentsPerRow, sampleShape }) =>
      (rows + 1) * samples * latentsPerRow * elementsOf(sampleShape) <=
      limits.trajectoryElementsMax,
    `expected a trajectory of at most ${limits.trajectoryElementsMax} elements`,
  );

export type CertificateDocument = z.infer<typeof schema>;

/** @throws z.ZodError or SyntaxError where it is no certificate */
export function parseCertificate(json: string): CertificateDocument {
  return schema.parse(JSON.parse(json));
}

export interface CertifiedHashes {
  readonly files: CertificateDocument['files'];
  /** One per input. */
  readonly inputs: readonly string[];
}

/** Field by field, in the order in which people read them. */
export function certificateDocument(
  report: Report,
  certificate: Certificate,
  inputs: readonly InputTensor[],
  { files, inputs: hashes, version }: CertifiedHashes & { readonly version: string },
): CertificateDocument {
  return parseCertificate(
    JSON.stringify({
      format: certificateFormat,
      isochron: version,
      job: report.job,
      model: report.model,
      modelSha256: report.modelSha256,
      method: report.method,
      solver: report.solver,
      solverOptions: readOptions(certificate.solverOptions),
      eta: certificate.eta,
      steps: report.steps,
      rows: report.rows,
      latentsPerRow: report.latentsPerRow,
      spacing: certificate.spacing,
      sigmas: certificate.sigmas,
      gridSha256: certificate.gridSha256,
      seed: report.seed,
      samples: report.samples,
      sampleShape: report.sampleShape,
      guidance: report.guidance,
      guidanceSchedule: certificate.guidanceSchedule,
      inputs: inputs.map(({ name, dtype, shape }, k) => ({
        name,
        dtype,
        shape,
        sha256: hashes[k],
      })),
      tolerance: report.tolerance,
      passed: certificate.passed,
      reason: certificate.reason,
      residualMax: certificate.residualMax,
      residualRow: certificate.residualRow,
      residualSample: certificate.residualSample,
      increments: certificate.increments,
      errorEstimate: certificate.errorEstimate,
      batchJitter: certificate.batchJitter,
      modelCalls: certificate.modelCalls,
      forwardPasses: certificate.forwardPasses,
      wallMs: certificate.wallMs,
      workers: certificate.workers,
      blocks: certificate.blocks,
      files,
    } satisfies Record<keyof CertificateDocument, unknown>),
  );
}

function readOptions(text: string): Record<string, unknown> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** The request that samples what the certificate is about. */
export function certifiedRequest(
  document: CertificateDocument,
  inputs: readonly InputTensor[],
): SubmitRequest {
  const { model, solver, steps, eta, samples, seed, spacing, guidance, tolerance } = document;
  const { sigmas, solverOptions, guidanceSchedule } = document;
  return {
    model,
    solver,
    steps,
    // the others have no eta to choose
    eta: solver === 'ddim' ? eta : undefined,
    solverOptions,
    samples,
    seed,
    spacing,
    sigmas,
    ...(guidanceSchedule.length > 0 ? { guidanceSchedule } : { guidance }),
    tolerance,
    method: 'secant',
    inputs,
  };
}
