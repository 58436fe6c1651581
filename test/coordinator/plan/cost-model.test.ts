import { describe, expect, it } from 'vitest';
import {
  costs,
  wallTime,
  type PlanJob,
  type Setting,
} from '../../../coordinator/core/plan/cost-model.ts';
import { estimateRounds } from '../../../coordinator/core/plan/rounds-model.ts';
import { computeBound, lawful, weightBound, worker } from './tables.ts';

const job: PlanJob = { steps: 250, samples: 1, dim: 64, guided: false, sharedTimestep: false };
const [w1, w2] = [worker('w1'), worker('w2')];

function setting(changes: Partial<Setting> = {}): Setting {
  return { method: 'secant', window: 8, blocks: 1, groups: 1, workers: [w1], ...changes };
}

function time(changes: Partial<Setting> = {}, own: Partial<PlanJob> = {}) {
  const [given, asked] = [setting(changes), { ...job, ...own }];
  const { steps, samples, guided } = asked;
  const { method, window } = given;
  const question = { method, eta: 0, steps, window, guided, tolerance: 0.01, samples };
  const course = estimateRounds(lawful, question);
  const sequential = {
    rounds: steps,
    calls: steps * samples,
    frontier: [],
    rows: [],
    rowsLeast: 1,
  };
  return wallTime(asked, given, course ?? sequential);
}

describe('model time', () => {
  it('of the sequential sampler is a call per step, in one batch of all samples', () => {
    const { modelMs } = time({ method: 'sequential', window: 1 });
    expect(modelMs).toBeCloseTo(250 * 3, 9);
    const ten = time({ method: 'sequential', window: 1 }, { samples: 10 });
    expect(ten.modelMs).toBeCloseTo(250 * 30, 9);
  });

  it('counts calls as the batcher cuts them: 9 rows of at most 8 are 5 and 4', () => {
    const steps = [1, 4, 5, 8].map((batch) => ({ batch, ms: batch <= 4 ? 4 : 8 }));
    const stepped = worker('w', { curve: steps, crowded: steps, batchMax: 8 });
    const changes = { method: 'sequential', window: 1, workers: [stepped] };
    expect(time(changes, { samples: 9 }).modelMs).toBeCloseTo(250 * (8 + 4), 9);
  });

  it('of guided rows is that of pairs', () => {
    const plain = time({ method: 'sequential', window: 1 });
    const guided = time({ method: 'sequential', window: 1 }, { guided: true });
    expect(guided.modelMs).toBeCloseTo(2 * plain.modelMs, 9);
  });

  it('where a call has one timestep, every row is a call of its own', () => {
    const curve = weightBound;
    const workers = [worker('w1', { curve })];
    const merged = time({ workers });
    const apart = time({ workers }, { sharedTimestep: true });
    expect(apart.modelMs / merged.modelMs).toBeGreaterThan(6);
  });

  it('of a window is about its rows in one call per round', () => {
    const { modelMs } = time();
    const rounds = (1.1 * 250) / 8;
    expect(modelMs / (rounds * 3 * 8)).toBeGreaterThan(0.9);
    expect(modelMs / (rounds * 3 * 8)).toBeLessThan(1.05);
  });

  it('is halved by a second worker, and by none that shares the first one', () => {
    const alone = time().modelMs;
    const shared = time({ blocks: 2, workers: [w1, w2] }).modelMs;
    expect(alone / shared).toBeGreaterThan(1.8);
    const slow = computeBound.map(({ batch, ms }) => ({ batch, ms: 2 * ms }));
    const crowded = ['w1', 'w2'].map((id) => worker(id, { crowded: slow, crowd: 2 }));
    expect(time({ blocks: 2, workers: crowded }).modelMs / alone).toBeCloseTo(1, 1);
  });

  it('of workers that were never measured together is that of one shared device', () => {
    const unknown = ['w1', 'w2'].map((id) => {
      const { crowded: _crowded, ...rest } = worker(id);
      return { ...rest, crowd: 1 };
    });
    expect(time({ blocks: 2, workers: unknown }).modelMs / time().modelMs).toBeCloseTo(1, 1);
  });

  it('is one call for the first block of a worker, and one for others that share it', () => {
    const curve = weightBound;
    const worth = { curve, batchMax: 64 };
    const apart = time({ blocks: 4, workers: [worker('w1', worth)] }).modelMs;
    const shared = time({ blocks: 4, workers: [worker('w1', { ...worth, sharedMax: 64 })] });
    expect(apart / shared.modelMs).toBeGreaterThan(1.9);
    expect(apart / shared.modelMs).toBeLessThan(2.5);
    const guided = worker('w1', { ...worth, sharedMax: 10 });
    const pairs = time({ blocks: 4, workers: [guided] }, { guided: true }).modelMs;
    expect(pairs / shared.modelMs).toBeGreaterThan(1.9);
  });

  it('gives workers of different speed different rows', () => {
    const slow = worker('w2', { curve: computeBound.map((p) => ({ ...p, ms: 3 * p.ms })) });
    const even = time({ blocks: 2, workers: [w1, w2] }).modelMs;
    const uneven = time({ blocks: 2, workers: [w1, slow] }).modelMs;
    // 6 and 2 rows of 8 in place of 4 and 4
    expect(uneven / even).toBeGreaterThan(1.4);
    expect(uneven / even).toBeLessThan(1.8);
  });

  it('goes with the slowest of workers that differ by little', () => {
    const slow = worker('w2', { curve: computeBound.map((p) => ({ ...p, ms: 1.1 * p.ms })) });
    const even = time({ blocks: 2, workers: [w1, w2] }).modelMs;
    expect(time({ blocks: 2, workers: [w1, slow] }).modelMs / even).toBeCloseTo(1.1, 2);
  });

  it('of groups is that of the largest one', () => {
    const changes = { method: 'sequential', window: 1, groups: 2, workers: [w1, w2] };
    expect(time(changes, { samples: 5 }).modelMs).toBeCloseTo(250 * 9, 9);
  });
});

describe('everything else', () => {
  it('a block alone exchanges nothing; several pay for every exchange and block', () => {
    const alone = time();
    const two = time({ blocks: 2, workers: [w1, w2] });
    const rounds = Math.round((1.1 * 250) / 8);
    expect(two.restMs - alone.restMs).toBeGreaterThan(rounds * (w1.rttMs + costs.blockExchangeMs));
    const eight = time({ blocks: 8, workers: [w1, w2] });
    expect(eight.restMs).toBeGreaterThan(2 * two.restMs);
    expect(eight.bytes).toBeGreaterThan(2 * two.bytes);
  });

  it('a farther worker costs its round trip in every round', () => {
    const far = worker('w2', { rttMs: 20.2 });
    const near = time({ blocks: 2, workers: [w1, w2] }).restMs;
    const rounds = Math.round((1.1 * 250) / 8);
    const more = time({ blocks: 2, workers: [w1, far] }).restMs - near;
    expect(more).toBeGreaterThan(rounds * 20 * 0.99);
    expect(more).toBeLessThan((rounds + 2) * 20);
  });

  it('moves two latents per live block and round, and per block that enters', () => {
    const { bytes } = time({ blocks: 2, workers: [w1, w2] }, { dim: 100_000 });
    const rounds = Math.round((1.1 * 250) / 8);
    const entering = 2 * Math.ceil(250 / 4);
    const latents = bytes / (4 * 100_000) - entering;
    expect(latents).toBeGreaterThan(rounds * 2 * 2);
    expect(latents).toBeLessThan(rounds * 2 * 3 + 10);
  });
});
