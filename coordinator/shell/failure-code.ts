import { isErrorCode, type ErrorCode } from '../../shared/protocol/errors.ts';

/** Of a job that failed. What a worker could not name is no fault of this process. */
export function failureCode(found: string | undefined): ErrorCode {
  return isErrorCode(found) && found !== 'INTERNAL' ? found : 'MODEL_UNUSABLE';
}
