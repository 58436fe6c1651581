import { describe, expect, it } from 'vitest';
import { scalingNotes, scalingPictures, scalingTable } from '../../../cli/bench/scaling-report.ts';
import { measureScaling, measureSequential } from '../../../cli/bench/scaling.ts';
import { fakeCluster } from './fake-cluster.ts';

const solver = { label: 'ddpm-100', solver: 'ddpm', steps: 100 };
const options = { model: 'cpu', solver, repeats: 3, seed: 5, method: 'auto', dilation: 1 };

const one = fakeCluster({ workers: 1, threads: 1 }, () => ({
  wallMs: 1010,
  report: { idealMs: 1000, emulated: true },
}));

function four(walls: readonly number[]) {
  let run = 0;
  return fakeCluster({ workers: 4, threads: 1 }, () => ({
    // the first one warms up
    wallMs: walls[run++ - 1] ?? 9999,
    samples: Float32Array.of(0.003, 0.004),
    report: { idealMs: 250, rounds: 25, modelCalls: 120, emulated: true, hostLateMs: 3 },
  }));
}

describe('bench scaling', () => {
  it('compares the wall clock with the time of the devices and with one of them', async () => {
    const sequential = await measureSequential(one, options);
    const cluster = four([300, 260, 270]);
    const record = await measureScaling(cluster, options, sequential);
    expect(record).toMatchObject({
      solver: 'ddpm-100',
      workers: 4,
      wallMs: 270,
      idealMs: 250,
      rounds: 25,
      modelCalls: 120,
      work: 1.2,
      hostLateMs: 3,
      sequentialMs: 1010,
      emulated: true,
    });
    expect(record.overhead).toBeCloseTo(270 / 250);
    expect(record.speedup).toBeCloseTo(1010 / 270);
    expect(record.sequentialOverhead).toBeCloseTo(1.01);
    expect(record.errorWorst).toBeCloseTo(Math.sqrt((0.003 ** 2 + 0.004 ** 2) / 2));
    expect(record.hostBusy).toBeGreaterThanOrEqual(0);
    // the same seeds on both sides, one warm-up each
    const seeds = cluster.requests.map(({ seed }) => seed);
    expect(seeds).toEqual([5, 5, 6, 7]);
    expect(one.requests.slice(-3).map(({ seed, method }) => [seed, method])).toEqual([
      [5, 'sequential'],
      [6, 'sequential'],
      [7, 'sequential'],
    ]);
  });

  it('says that everything was emulated, in the table, the notes and the plots', async () => {
    const sequential = await measureSequential(one, options);
    const records = [await measureScaling(four([300, 260, 270]), options, sequential)];
    expect(scalingTable(records)).toMatch(/emulated workers/);
    expect(scalingTable(records)).toMatch(/1\.080x +3\.74x/);
    expect(scalingNotes('cpu', records).join(' ')).toMatch(/Emulated: .* profile cpu/);
    const pictures = scalingPictures('cpu', records);
    expect(pictures.map(({ name }) => name)).toEqual(['scaling-speedup', 'scaling-overhead']);
    for (const { plot } of pictures) expect(plot.svg).toContain('emulated cpu');
  });

  it('says how many times slower than life the devices ran, and their baseline', async () => {
    const sequential = await measureSequential(one, options);
    const record = await measureScaling(four([300, 260, 270]), options, sequential);
    const dilated = { ...record, dilation: 2, sequentialMs: 2000 };
    expect(scalingTable([record, dilated])).toMatch(/4 .* 1x .*\n.*4 .* 2x /);
    const notes = scalingNotes('cpu', [record, dilated]).join(' ');
    expect(notes).toMatch(/slower than life/);
    expect(notes).toContain("ddpm-100 1.01 s (1.010x of the device's time)");
    expect(notes).toMatch(/ddpm-100 2\.00 s \(.* dilated 2x\)/);
    expect(scalingNotes('cpu', [record]).join(' ')).not.toMatch(/slower than life/);
  });

  it('warns where the host was too busy to say anything', async () => {
    const sequential = await measureSequential(one, options);
    const record = await measureScaling(four([300, 260, 270]), options, sequential);
    expect(scalingNotes('cpu', [{ ...record, hostBusy: 0.97 }]).join(' ')).toMatch(/were busy/);
    expect(scalingNotes('cpu', [{ ...record, hostBusy: 0.5 }]).join(' ')).not.toMatch(/were busy/);
  });
});
