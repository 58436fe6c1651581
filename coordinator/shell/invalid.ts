import { SamplerError } from '../../shared/protocol/errors.ts';

/** The one form of complaint about a request: the field, what was found, what was expected. */
export function invalid(field: string, found: unknown, expected: string): SamplerError {
  const value = typeof found === 'string' ? `"${found}"` : String(found);
  const message = `${field}: found ${value}, expected ${expected}`;
  return new SamplerError('INVALID_REQUEST', message, { context: { field } });
}
