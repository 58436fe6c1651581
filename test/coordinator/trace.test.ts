import { describe, expect, it } from 'vitest';
import { createTrace } from '../../coordinator/shell/trace.ts';

const row = (round: number, firstStep: number, ...codes: number[]) => ({
  round,
  firstStep,
  codes: Uint8Array.from(codes),
  frontier: firstStep,
});

describe('the trace of a job', () => {
  it('puts the blocks of a round together, whatever order they come in', () => {
    const trace = createTrace();
    trace.add(row(2, 4, 9));
    trace.add(row(1, 2, 7, 8));
    trace.add(row(1, 0, 5, 6, 200));
    expect(trace.rounds()).toEqual([row(1, 0, 5, 6, 200, 8), row(2, 4, 9)]);
  });

  it('holds nothing of the message that residuals came in', () => {
    const trace = createTrace();
    const message = new Uint8Array(1 << 20).fill(3);
    trace.add({ ...row(1, 0), codes: message.subarray(10, 14) });
    message.fill(4);
    const [round] = trace.rounds();
    expect(round?.codes).toEqual(Uint8Array.of(3, 3, 3, 3));
    expect(round?.codes.buffer.byteLength).toBeLessThan(1 << 10);
  });

  it('thins its older rounds where it would grow without end, and keeps the newest', () => {
    const trace = createTrace(10_000);
    for (let round = 1; round <= 20_000; round++) trace.add(row(round, round, 200));
    const rounds = trace.rounds().map(({ round }) => round);
    expect(rounds.length).toBeLessThan(600);
    expect(rounds.at(0)).toBe(1);
    expect(rounds.slice(-20)).toEqual(Array.from({ length: 20 }, (_, k) => 19_981 + k));
    expect(rounds).toEqual([...rounds].sort((a, b) => a - b));
  });

  it('tells a reader what is new, and a round that has grown as a whole', () => {
    const trace = createTrace();
    trace.add(row(1, 0, 5, 6));
    trace.add(row(2, 0, 1));
    const first = trace.since(0);
    expect(first.rounds).toEqual([row(1, 0, 5, 6), row(2, 0, 1)]);
    expect(trace.since(first.position).rounds).toEqual([]);
    trace.add(row(3, 1, 9));
    trace.add(row(1, 2, 7));
    const second = trace.since(first.position);
    expect(second.rounds).toEqual([row(1, 0, 5, 6, 7), row(3, 1, 9)]);
    expect(trace.since(second.position).rounds).toEqual([]);
  });

  it('a reader who comes often enough misses no round, thinned or not', () => {
    const trace = createTrace(10_000);
    const seen = new Set<number>();
    let position = 0;
    for (let round = 1; round <= 5_000; round++) {
      trace.add(row(round, round, 200));
      if (round % 100 !== 0) continue;
      const piece = trace.since(position);
      ({ position } = piece);
      for (const { round: told } of piece.rounds) seen.add(told);
    }
    expect(seen.size).toBe(5_000);
    expect(trace.rounds().length).toBeLessThan(1_000);
  });
});
