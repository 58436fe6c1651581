import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { solverNames } from '../../../shared/numerics/solvers.ts';

it('docs/SAMPLERS.md has every sampler, with no hole', () => {
  const text = readFileSync(new URL('../../../docs/SAMPLERS.md', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  expect(cells.map(([, name]) => name)).toEqual(solverNames.map((name) => `\`${name}\``));
  for (const [, name, ...rest] of cells) {
    const [, , , golden = '', exact] = rest;
    expect(exact, name).toBe('yes');
    expect(Number.parseFloat(golden), name).toBeLessThan(1e-6);
  }
});
