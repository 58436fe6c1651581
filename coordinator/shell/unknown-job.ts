/** One text for a job that there is not and for one that is somebody else's. */
import { SamplerError } from '../../shared/protocol/errors.ts';

export function unknownJob(job: string): SamplerError {
  return new SamplerError('UNKNOWN_JOB', `job: found "${job}", expected the id of a job`);
}
