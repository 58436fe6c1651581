/** `--init-from DIR`: the trajectory of an earlier result, if the new job can start from it. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { StartTrajectory } from '../client/types.ts';
import { ArrayFileError } from './array-file.ts';
import { certifiedRequest } from './certificate-document.ts';
import type { CertificateDocument } from './certificate-document.ts';
import { readCertificate, readInputs, readTrajectory } from './certified-folder.ts';

export interface NewJob {
  readonly solver: string;
  readonly steps: number;
  readonly samples: number;
  readonly eta?: number | undefined;
  readonly sigmas?: string | undefined;
  readonly solverOption?: Readonly<Record<string, unknown>> | undefined;
}

/** @throws SamplerError INVALID_REQUEST where the folder has none or it does not fit the job */
export async function startTrajectory(folder: string, job: NewJob): Promise<StartTrajectory> {
  const document = await readCertificate(folder);
  requireSame(folder, job, document);
  try {
    const { data: states } = await readTrajectory(folder, document);
    const inputs = await readInputs(folder, document);
    return { states, source: certifiedRequest(document, inputs) };
  } catch (error) {
    if (!(error instanceof ArrayFileError)) throw error;
    throw new SamplerError('INVALID_REQUEST', `--init-from: ${error.message}`);
  }
}

/** The rows must be the same rows; whose they are, by class, guidance and seed, may differ. */
function requireSame(folder: string, job: NewJob, document: CertificateDocument): void {
  const eta = job.solver === 'ddpm' ? 1 : (job.eta ?? 0);
  const told = JSON.stringify(job.solverOption ?? {});
  if (told !== JSON.stringify(document.solverOptions) || (job.sigmas ?? '') !== document.sigmas) {
    const what = `solver options or sigmas in ${folder} that are not those of this job`;
    throw new SamplerError('INVALID_REQUEST', `--init-from: found ${what}, expected the same`);
  }
  const wanted = { ...job, eta };
  for (const field of ['solver', 'eta', 'steps', 'samples'] as const) {
    if (wanted[field] === document[field]) continue;
    const what = `${field} ${document[field]} in ${folder}, and ${wanted[field]} in this job`;
    throw new SamplerError('INVALID_REQUEST', `--init-from: found ${what}, expected the same`);
  }
}
