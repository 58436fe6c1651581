import { expect, it } from 'vitest';

import { createLease } from '../../../worker/core/lease.ts';

it('counts from the sending of the newest heartbeat that was answered', () => {
  const lease = createLease(100);
  expect(lease.silentMs(150)).toBe(50);
  const first = lease.sent(200);
  const second = lease.sent(300);
  lease.sent(400);
  lease.heard(second);
  expect(lease.silentMs(1_000)).toBe(700);
  // an answer to an older one says nothing new
  lease.heard(first);
  expect(lease.silentMs(1_000)).toBe(700);
});

it('is not renewed by an answer to something else, nor fooled by many that nobody answers', () => {
  const lease = createLease(0);
  lease.heard(0);
  for (let k = 1; k <= 200; k++) lease.sent(k);
  expect(lease.silentMs(200)).toBe(200);
  lease.heard(200);
  expect(lease.silentMs(200)).toBe(0);
});
