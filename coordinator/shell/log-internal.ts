/** What the log keeps of an error of which its caller reads a reference only. */
import type { Logger } from 'pino';
import { SamplerError } from '../../shared/protocol/errors.ts';

/**
 * @param about the call, in words that are no secret
 * @returns the error as its caller is to be told it
 */
export function logInternal(
  log: Pick<Logger, 'error'>,
  thrown: unknown,
  about: Readonly<Record<string, unknown>>,
): SamplerError {
  const error = SamplerError.from(thrown);
  const { code, context } = error;
  const { reference: ref } = context;
  if (code === 'INTERNAL') log.error({ ...about, code, ref, err: thrown }, 'internal error');
  return error;
}
