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
});
