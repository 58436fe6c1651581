import { describe, expect, it } from 'vitest';
import { noiseAhead } from '../../shared/numerics/noise-ahead.ts';
import type { NoiseSource } from '../../shared/numerics/sequential.ts';
import { noiseSource } from '../support/mixture-job.ts';

const shape = { samples: 2, dim: 8 };
const noiseScale = Float64Array.of(1, 0, 1, 1, 1);

/** Noise that counts how often it is drawn. */
function counted() {
  const drawn: string[] = [];
  const plain = noiseSource(3, shape.dim);
  const source: NoiseSource = (step, sample, out, at) => {
    drawn.push(`${step}/${sample}`);
    plain(step, sample, out, at);
  };
  return { drawn, plain, ahead: noiseAhead(source, shape, { steps: 5, noiseScale }) };
}

describe('noise that is drawn ahead', () => {
  it('has the bits of noise that is not', () => {
    const { plain, ahead } = counted();
    while (ahead.draw(0, 3));
    for (let step = 0; step < 5; step++) {
      for (let sample = 0; sample < shape.samples; sample++) {
        const [found, wanted] = [new Float32Array(9), new Float32Array(9)];
        ahead.source(step, sample, found, 1);
        plain(step, sample, wanted, 1);
        expect(found).toEqual(wanted);
      }
    }
  });

  it('is drawn once, a step at a time, where the step has noise', () => {
    const { drawn, ahead } = counted();
    expect(ahead.draw(0, 3)).toBe(true);
    expect(drawn).toEqual(['0/0', '0/1']);
    expect([ahead.draw(0, 3), ahead.draw(0, 3)]).toEqual([true, false]);
    expect(drawn).toEqual(['0/0', '0/1', '2/0', '2/1']);
    ahead.source(2, 1, new Float32Array(8), 0);
    expect(drawn).toHaveLength(4);
    expect([ahead.draw(3, 9), ahead.draw(3, 9), ahead.draw(3, 9)]).toEqual([true, true, false]);
  });

  it('of several blocks is kept side by side', () => {
    const { drawn, ahead } = counted();
    for (const [from, to] of [
      [3, 5],
      [0, 1],
    ] as const) {
      while (ahead.draw(from, to));
    }
    for (const step of [0, 3, 4]) ahead.source(step, 0, new Float32Array(8), 0);
    expect(drawn).toEqual(['3/0', '3/1', '4/0', '4/1', '0/0', '0/1']);
  });

  it('is not drawn ahead again where its row is on its way in', () => {
    const { drawn, ahead } = counted();
    while (ahead.draw(0, 3));
    for (const sample of [0, 1]) ahead.source(2, sample, new Float32Array(8), 0);
    // the edge is where it was
    expect(ahead.draw(0, 3)).toBe(false);
    expect(drawn).toHaveLength(4);
    ahead.forget(3);
    expect(ahead.draw(2, 3)).toBe(true);
  });

  it('is handed out once, to the last sample, and then drawn anew', () => {
    const { drawn, plain, ahead } = counted();
    ahead.draw(0, 1);
    const take = (sample: number): Float32Array => {
      const out = new Float32Array(8);
      ahead.source(0, sample, out, 0);
      return out;
    };
    const first = [take(0), take(1)];
    expect(drawn).toHaveLength(2);
    // the memory that is free now has other noise
    ahead.draw(3, 4);
    expect([take(0), take(1)]).toEqual(first);
    expect(drawn.slice(2)).toEqual(['3/0', '3/1', '0/0', '0/1']);
    const other = new Float32Array(8);
    plain(3, 1, other, 0);
    const kept = new Float32Array(8);
    ahead.source(3, 1, kept, 0);
    expect(kept).toEqual(other);
  });

  it('is forgotten once its step is behind', () => {
    const { drawn, ahead } = counted();
    while (ahead.draw(0, 3));
    ahead.forget(2);
    ahead.source(0, 0, new Float32Array(8), 0);
    ahead.source(2, 0, new Float32Array(8), 0);
    expect(drawn.filter((one) => one === '0/0')).toHaveLength(2);
    expect(drawn.filter((one) => one === '2/0')).toHaveLength(1);
  });

  it('is not kept where a row alone is large', () => {
    const large = { samples: 2, dim: 2 ** 21 };
    const ahead = noiseAhead(() => undefined, large, { steps: 5, noiseScale });
    expect(ahead.draw(0, 5)).toBe(false);
  });
});
