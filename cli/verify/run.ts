/** From a folder to checks: files first, then one parallel round on the cluster at hand. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { Client } from '../client.ts';
import type { Certificate, InputTensor, JobResult } from '../client/types.ts';
import { ArrayFileError } from '../job/array-file.ts';
import { certifiedFiles, certifiedRequest, inputFile } from '../job/certificate-document.ts';
import type { CertificateDocument } from '../job/certificate-document.ts';
import {
  readCertificate,
  readInputs,
  readResiduals,
  readSamples,
  readTrajectory,
} from '../job/certified-folder.ts';
import {
  hashCheck,
  incrementCheck,
  lastRowCheck,
  noiseCheck,
  passedCheck,
  residualCheck,
  summaryCheck,
} from './checks.ts';
import type { Check } from './checks.ts';

export interface Verification {
  readonly document: CertificateDocument;
  readonly checks: readonly Check[];
  /** Null where the files were too damaged to recompute anything. */
  readonly recomputed: Certificate | null;
}

export interface VerifyOptions {
  readonly blocks?: number | undefined;
  /** Waits for the job. */
  readonly wait: (job: string, waitingFor: string | undefined) => Promise<JobResult>;
}

/** @throws SamplerError where nothing can be checked: no certificate, or another model */
export async function verifyFolder(
  client: Client,
  folder: string,
  options: VerifyOptions,
): Promise<Verification> {
  const document = await readCertificate(folder);
  await requireModel(client, document);
  const files = await readFiles(folder, document);
  if ('damage' in files) {
    const check = { name: 'files', held: false, detail: files.damage };
    return { document, checks: [check], recomputed: null };
  }
  const { states, inputs, residuals, checks } = files;
  const request = { ...certifiedRequest(document, inputs), blocks: options.blocks };
  const { job, waitingFor } = await client.verify(request, { states, source: request });
  const { report, kept } = await options.wait(job, waitingFor);
  const { certificate } = report;
  if (certificate === null || kept === null) {
    const why = certificate?.reason ?? 'the coordinator sent no residuals';
    throw new SamplerError('INTERNAL', `the residuals could not be recomputed: ${why}`);
  }
  const now = { ...certificate, residuals: kept.residuals };
  const recomputed = [
    // the scale is of the grid, which the certificate cannot choose
    noiseCheck(document, states, certificate.initialScale),
    hashCheck('the grid', document.gridSha256, certificate.gridSha256),
    residualCheck(document, residuals, now),
    incrementCheck(document, now),
    passedCheck(document),
  ];
  return { document, checks: [...checks, ...recomputed], recomputed: certificate };
}

/** Residuals of another model say nothing about this one. */
async function requireModel(client: Client, document: CertificateDocument): Promise<void> {
  const { model: name, modelSha256 } = document;
  const model = (await client.models()).find((candidate) => candidate.name === name);
  if (model === undefined) {
    const what = `the certificate is about model ${name}, which no worker has`;
    throw new SamplerError('UNKNOWN_MODEL', `${what}; start one with \`isochron worker\``);
  }
  if (model.sha256 === modelSha256) return;
  throw new SamplerError(
    'MODEL_UNUSABLE',
    `model ${name}: found SHA-256 ${model.sha256}, expected ${modelSha256}, which the ` +
      'certificate is about; give the workers that file',
    { context: { model: name } },
  );
}

interface Files {
  readonly states: Float32Array;
  readonly residuals: Float32Array;
  readonly inputs: readonly InputTensor[];
  readonly checks: readonly Check[];
}

/** A file that is not even the array that it should be is damage; one that is missing, an error. */
async function readFiles(
  folder: string,
  document: CertificateDocument,
): Promise<Files | { readonly damage: string }> {
  try {
    const samples = await readSamples(folder, document);
    const trajectory = await readTrajectory(folder, document);
    const residuals = await readResiduals(folder, document);
    const inputs = await readInputs(folder, document);
    const { files } = document;
    const checks = [
      hashCheck(certifiedFiles.samples, files.samples, samples.sha256),
      hashCheck(certifiedFiles.trajectory, files.trajectory, trajectory.sha256),
      hashCheck(certifiedFiles.residuals, files.residuals, residuals.sha256),
      ...inputs.map(({ sha256 }, k) =>
        hashCheck(inputFile(k), document.inputs[k]?.sha256 ?? '', sha256),
      ),
      lastRowCheck(document, trajectory.data, samples.data),
      summaryCheck(document, residuals.data),
    ];
    return { states: trajectory.data, residuals: residuals.data, inputs, checks };
  } catch (error) {
    if (error instanceof ArrayFileError) return { damage: error.message };
    throw error;
  }
}
