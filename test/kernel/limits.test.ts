import { describe, expect, it } from 'vitest';
import { limits, outOfRange, requireInteger } from '../../shared/kernel/limits.ts';

const fractions = ['epsilonSignalMin', 'weightMin'];

describe('limits', () => {
  it('are positive numbers, each an exact integer but for two fractions', () => {
    for (const [name, value] of Object.entries(limits)) {
      expect(value, name).toBeGreaterThan(0);
      if (!fractions.includes(name)) expect(Number.isSafeInteger(value), name).toBe(true);
    }
  });

  it('leave room for a tensor part in a data message', () => {
    expect(limits.tensorPartBytes).toBeLessThan(limits.dataMessageBytesMax / 2);
  });

  it('name the field, what was found and what was expected', () => {
    expect(outOfRange('steps', 0, 'at least 1').message).toBe(
      'steps: found 0, expected at least 1',
    );
    expect(() => requireInteger('steps', 2.5, 1, 9)).toThrow('steps: found 2.5');
    expect(() => requireInteger('steps', Number.NaN, 1, 9)).toThrow(RangeError);
    expect(() => requireInteger('steps', 10, 1, 9)).toThrow('from 1 to 9');
    expect(() => requireInteger('steps', 9, 1, 9)).not.toThrow();
  });
});
