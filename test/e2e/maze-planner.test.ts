import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawEnds, faultsOf, planOf, readMaze, toModel } from '../../bench/support/maze.ts';
import type { SubmitRequest } from '../../cli/client.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { realCluster, type RealCluster } from '../support/real-cluster.ts';

const folder = join(packageRoot(), 'models', 'maze-planner');
const maze = readMaze(folder);
const pairs = Array.from({ length: 12 }, (_, k) => drawEnds(maze, 5, k));

function input(name: string, end: 0 | 1) {
  const data = Float32Array.from(pairs.flatMap((ends) => toModel(maze, ends[end])));
  return { name, dtype: 'float32' as const, shape: [pairs.length, 2], data };
}

describe('the bundled planner on a worker process', () => {
  let cluster: RealCluster;
  const request: SubmitRequest = {
    model: 'maze-planner',
    solver: 'ddpm',
    steps: 40,
    seed: 3,
    samples: pairs.length,
    inputs: [input('start', 0), input('goal', 1)],
  };

  beforeAll(async () => {
    cluster = await realCluster();
    await cluster.addWorkers(1, ['--backend', 'onnx', '--models', folder]);
  });

  afterAll(() => cluster.close());

  it('plans ways between the ends of each sample', async () => {
    const { samples } = await cluster.run({ ...request, method: 'sequential' });
    const faults = pairs.map((ends, k) => faultsOf(maze, planOf(maze, samples, k), ends));
    expect(faults.filter((some) => some.length === 0).length).toBeGreaterThanOrEqual(10);
    // and for other ends they would be wrong: the check can fail
    const [, ...others] = pairs;
    const wrong = others.map((ends, k) => faultsOf(maze, planOf(maze, samples, k), ends));
    expect(wrong.every((some) => some.includes('misses an end'))).toBe(true);
  });

  it('gives the same plans in parallel', async () => {
    const { report } = await cluster.run({
      ...request,
      method: 'secant',
      compareSequential: true,
    });
    expect(report.sequential?.rmsError).toBeLessThanOrEqual(0.01);
    expect(report.rounds).toBeLessThan(40);
  });

  it('is known by its conditions', async () => {
    const [model] = await cluster.client.models();
    expect(model?.conditions.map(({ name, shape }) => [name, shape])).toEqual([
      ['start', [2]],
      ['goal', [2]],
    ]);
    const submitted = cluster.client.submit({ ...request, inputs: [input('start', 0)] });
    await expect(submitted).rejects.toThrow(/input goal.*nothing/);
  });
});
