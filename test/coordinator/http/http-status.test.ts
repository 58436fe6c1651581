import { describe, expect, it } from 'vitest';
import { HttpError, httpStatus, publicError } from '../../../coordinator/shell/http/http-status.ts';
import { errorCodes, SamplerError } from '../../../shared/protocol/errors.ts';

describe('errors over HTTP', () => {
  it('every code has a status, and every status is of an error', () => {
    expect(Object.keys(httpStatus).sort()).toEqual([...errorCodes].sort());
    for (const status of Object.values(httpStatus)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
    }
  });

  it('an internal error keeps its text and leaves a reference', () => {
    const error = new SamplerError('INTERNAL', 'the password is 1234');
    const told = publicError(error);
    expect(told.message).toBe(`INTERNAL (ref ${String(error.context['reference'])})`);
    expect(publicError(new Error('a path /root/x')).message).toMatch(/^INTERNAL \(ref /);
  });

  it('says what a caller can do: authenticate, or come back', () => {
    const unknown = publicError(new SamplerError('UNAUTHENTICATED', 'no token'));
    expect(unknown).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    const busy = publicError(new SamplerError('OVERLOADED', 'too many'));
    expect(busy).toMatchObject({ status: 429, retriable: true, headers: { 'retry-after': '1' } });
    expect(publicError(new HttpError('NOT_FOUND', 'nothing'))).toMatchObject({ status: 404 });
  });
});
