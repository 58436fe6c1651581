import { describe, expect, it } from 'vitest';

import { createBatchGovernor, isAllocationError } from '../../../worker/core/batch-governor.ts';

describe('the batch governor', () => {
  it('halves what fails, a few times for a batch that is 64 times too large', () => {
    const governor = createBatchGovernor(256);
    let failures = 0;
    while (governor.most > 4) {
      governor.failed(governor.most);
      failures++;
    }
    expect(failures).toBe(6);
    expect(governor.most).toBe(4);
  });

  it('allows one row more after fifty good calls, and asks half as often once that failed', () => {
    const governor = createBatchGovernor(8);
    const good = (calls: number): void => {
      for (let call = 0; call < calls; call++) governor.succeeded(governor.most);
    };
    governor.failed(8);
    expect(governor.most).toBe(4);
    good(49);
    expect(governor.most).toBe(4);
    good(1);
    expect(governor.most).toBe(5);
    governor.failed(5);
    expect(governor.most).toBe(4);
    good(99);
    expect(governor.most).toBe(4);
    good(1);
    expect(governor.most).toBe(5);
  });

  it('never allows more than the slot has, nor less than a row', () => {
    const governor = createBatchGovernor(2);
    for (let call = 0; call < 500; call++) governor.succeeded(2);
    expect(governor.most).toBe(2);
    for (let call = 0; call < 5; call++) governor.failed(governor.most);
    expect(governor.most).toBe(1);
  });
});

it.each([
  ['std::bad_alloc', true],
  ['bad allocation', true],
  ['Failed to allocate memory for requested buffer of size 1073741824', true],
  ['CUDA failure 2: out of memory', true],
  ['Array buffer allocation failed', true],
  ['no such kernel', false],
  ['found an output of shape [1, 2]', false],
])('%s: allocation error %s', (text, is) => {
  expect(isAllocationError(new Error(text))).toBe(is);
});
