/** What a certified job leaves beside its samples, written and read back. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { limits } from '../../shared/kernel/limits.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import type { InputTensor, JobResult, Report } from '../client/types.ts';
import { ArrayFileError, readArray, readBounded, writeArray } from './array-file.ts';
import type { ReadArray } from './array-file.ts';
import {
  certificateDocument,
  certifiedFiles,
  inputFile,
  parseCertificate,
} from './certificate-document.ts';
import type { CertificateDocument } from './certificate-document.ts';

/** Writes the trajectory, the residuals, the inputs and, last, certificate.json; their names. */
export async function writeCertified(
  folder: string,
  { report, kept }: JobResult,
  samplesHash: string,
): Promise<readonly string[]> {
  const { certificate, rows, samples } = report;
  if (certificate === null || kept === null || kept.states.length === 0) return [];
  const { states, residuals, inputs } = kept;
  const path = (name: string): string => join(folder, name);
  const files = {
    samples: samplesHash,
    trajectory: await writeArray(path(certifiedFiles.trajectory), states, trajectoryShape(report)),
    residuals: await writeArray(path(certifiedFiles.residuals), residuals, [rows, samples]),
  };
  const names = inputs.map((_, k) => inputFile(k));
  const hashes: string[] = [];
  for (const [k, { data, shape: sides }] of inputs.entries()) {
    hashes.push(await writeArray(path(inputFile(k)), data, sides));
  }
  const all = { files, inputs: hashes, version: version() };
  const document = certificateDocument(report, certificate, inputs, all);
  await writeFile(path(certifiedFiles.certificate), `${JSON.stringify(document, null, 2)}\n`);
  return [
    certifiedFiles.trajectory,
    certifiedFiles.residuals,
    ...names,
    certifiedFiles.certificate,
  ];
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}

/** @throws SamplerError INVALID_REQUEST where the folder has no certificate that can be read */
export async function readCertificate(folder: string): Promise<CertificateDocument> {
  const path = join(folder, certifiedFiles.certificate);
  try {
    const bytes = await readBounded(path, limits.resultFileBytesMax);
    return parseCertificate(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SamplerError) throw noCertificate(folder, error.message);
    if (error instanceof ArrayFileError) throw noCertificate(folder, error.message);
    if (error instanceof SyntaxError) throw noCertificate(folder, `${path}: ${error.message}`);
    if (error instanceof z.ZodError) throw noCertificate(folder, `${path}: ${firstIssue(error)}`);
    throw error;
  }
}

function firstIssue({ issues }: z.ZodError): string {
  const [first] = issues;
  return first === undefined
    ? 'invalid'
    : `${first.path.join('.') || 'document'}: ${first.message}`;
}

function noCertificate(folder: string, why: string): SamplerError {
  const what = `${folder} has no certificate that can be read: ${why}`;
  const advice = 'only jobs submitted with --certify --out DIR leave one';
  return new SamplerError('INVALID_REQUEST', `${what}; ${advice}`, { context: { folder } });
}

/**
 * [rows + 1, samples, ...sample shape]; where steps have a memory each row also has the values of
 * the model that its step may use, [rows + 1, samples, latents per row, ...sample shape].
 */
function trajectoryShape({
  rows,
  samples,
  latentsPerRow,
  sampleShape,
}: Pick<Report, 'rows' | 'samples' | 'latentsPerRow' | 'sampleShape'>): number[] {
  const each = latentsPerRow > 1 ? [latentsPerRow] : [];
  return [rows + 1, samples, ...each, ...sampleShape];
}

/** The states of all rows. */
export function readTrajectory(
  folder: string,
  document: CertificateDocument,
): Promise<ReadArray<Float32Array>> {
  const path = join(folder, certifiedFiles.trajectory);
  return readArray(path, 'float32', trajectoryShape(document));
}

export function readSamples(
  folder: string,
  { samples, sampleShape }: CertificateDocument,
): Promise<ReadArray<Float32Array>> {
  return readArray(join(folder, certifiedFiles.samples), 'float32', [samples, ...sampleShape]);
}

export function readResiduals(
  folder: string,
  { rows, samples }: CertificateDocument,
): Promise<ReadArray<Float32Array>> {
  return readArray(join(folder, certifiedFiles.residuals), 'float32', [rows, samples]);
}

/** The inputs with the hashes of their files, in the order of the certificate. */
export function readInputs(
  folder: string,
  { inputs }: CertificateDocument,
): Promise<(InputTensor & { readonly sha256: string })[]> {
  return Promise.all(
    inputs.map(async ({ name, dtype, shape }, k) => ({
      name,
      dtype,
      shape,
      ...(await readArray(join(folder, inputFile(k)), dtype, shape)),
    })),
  );
}
