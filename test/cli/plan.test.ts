import { expect, it } from 'vitest';

import { fakeCoordinator, run } from './support.ts';

const job = ['plan', '--model', 'fashion', '--solver', 'ddim', '--steps', '4'];

it('prints the table, the choice and the reason on a terminal, and runs nothing', async () => {
  const fake = await fakeCoordinator();
  const { code, stdout } = await run([...job, '--coordinator', fake.address], {
    interactive: true,
  });
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[2]).toMatch(
    /^>\s+secant\s+4\s+2\s+1\s+2\s+2\.3\s+13\s+20\.0 ms\s.*\s45\.0 ms\s+2\.00x$/,
  );
  expect(lines[3]).toMatch(/^\s+sequential\s+1\s.*\s90\.0 ms\s+1\.00x$/);
  expect(lines[4]).toBe(
    'chosen: secant, window 4, 2 workers, predicted 45.0 ms: ' +
      'predicted to be 2.00 times as fast as the best sequential plan',
  );
  expect(fake.watches).toBe(0);
});

it('prints one JSON document with --json and where nobody looks', async () => {
  const fake = await fakeCoordinator();
  for (const more of [['--json'], []]) {
    const { code, lines } = await run([...job, '--coordinator', fake.address, ...more]);
    expect(code).toBe(0);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      plan: { method: 'secant', predictedMs: 45, predictedSequentialMs: 90, groups: 1 },
      settings: [
        { method: 'secant', window: 4, rounds: 2.25, speedup: 2, chosen: true },
        { method: 'sequential', chosen: false },
      ],
    });
  }
});

it('asks with what submit would ask with', async () => {
  const fake = await fakeCoordinator();
  const more = ['--window', '3', '--samples', '2', '--guidance', '1.5', '--out', 'nowhere'];
  await run([...job, '--coordinator', fake.address, ...more]);
  expect(fake.submitted[0]).toMatchObject({ steps: 4, window: 3, samples: 2, guidance: 1.5 });
});
