import { describe, expect, it } from 'vitest';

import { nodeProblem } from '../../cli/node-version.ts';
import { isBelowSecurityFloor } from '../../shared/kernel/node-floor.ts';

describe('the Node check', () => {
  it.each(['24.0.0', '24.21.0', '25.1.0', '100.0.0'])('takes %s', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });

  it.each(['18.19.0', '20.20.2', '22.23.1', '23.11.0'])('explains itself on %s', (version) => {
    const problem = nodeProblem(version) ?? '';
    expect(problem).toContain(`found Node ${version}, expected Node 24 or newer`);
    expect(problem).not.toContain('\n');
  });

  it.each([
    ['24.18.0', true],
    ['24.18.1', false],
    ['24.9.9', true],
    ['24.19.0', false],
    ['25.0.0', false],
  ])('knows whether %s is below the security floor', (version, below) => {
    expect(isBelowSecurityFloor(version)).toBe(below);
  });
});
