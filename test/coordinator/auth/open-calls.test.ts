import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unauthenticated } from '../../../coordinator/shell/auth/authenticator.ts';
import { openCalls } from '../../../coordinator/shell/auth/open-calls.ts';
import type { Principal } from '../../../coordinator/shell/auth/principal.ts';

const caller: Principal = { name: 'ci', tenant: 'acme', scopes: new Set(['read']) };
const known = new Map<string, Principal>();
const authenticate = vi.fn((authorization: string | undefined) => {
  const found = known.get(authorization ?? '');
  if (!found) throw unauthenticated();
  return found;
});

beforeEach(() => {
  vi.useFakeTimers();
  authenticate.mockClear();
  known.clear();
  known.set('Bearer a', caller).set('Bearer b', caller);
});
afterEach(() => vi.useRealTimers());

it.each([
  ['is none any more', undefined],
  ['has lost a scope', { ...caller, scopes: new Set(['submit'] as const) }],
  ['is of another tenant', { ...caller, tenant: 'other' }],
])('a call ends once its token %s, and others go on', (_how, now) => {
  const calls = openCalls({ authenticate }, 1_000);
  const [ended, stays] = [vi.fn(), vi.fn()];
  calls.follow('Bearer a', caller, ended);
  calls.follow('Bearer b', caller, stays);
  vi.advanceTimersByTime(5_000);
  expect(ended).not.toHaveBeenCalled();
  if (now) known.set('Bearer a', now);
  else known.delete('Bearer a');
  vi.advanceTimersByTime(5_000);
  expect(ended).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ code: 'UNAUTHENTICATED' }),
  );
  expect(stays).not.toHaveBeenCalled();
});

it('a token that gives more than it did ends nothing', () => {
  const ended = vi.fn();
  openCalls({ authenticate }, 1_000).follow('Bearer a', caller, ended);
  known.set('Bearer a', { ...caller, scopes: new Set(['read', 'submit']) });
  vi.advanceTimersByTime(5_000);
  expect(ended).not.toHaveBeenCalled();
});

it('a token is looked up once a second for all its calls, and not after they are over', () => {
  const calls = openCalls({ authenticate }, 1_000);
  const unfollow = Array.from({ length: 100 }, () => calls.follow('Bearer a', caller, vi.fn()));
  vi.advanceTimersByTime(3_000);
  expect(authenticate).toHaveBeenCalledTimes(3);
  for (const end of unfollow) end();
  expect(vi.getTimerCount()).toBe(0);
});
