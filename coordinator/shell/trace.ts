/** The convergence trace of a job: the residuals of every round, merged over its blocks. */
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';

export interface Trace {
  add(round: RoundResiduals): void;
  rounds(): RoundResiduals[];
}

export function createTrace(): Trace {
  const rounds = new Map<number, RoundResiduals>();
  return {
    add(round) {
      const known = rounds.get(round.round);
      rounds.set(round.round, known ? merge(known, round) : round);
    },
    rounds: () => [...rounds.values()].sort((a, b) => a.round - b.round),
  };
}

/**
 * The span of both; steps between them that nobody evaluated read as zero, and of two residuals of
 * one step, of different samples, the larger one stays.
 */
function merge(a: RoundResiduals, b: RoundResiduals): RoundResiduals {
  const firstStep = Math.min(a.firstStep, b.firstStep);
  const end = Math.max(a.firstStep + a.codes.length, b.firstStep + b.codes.length);
  const codes = new Uint8Array(end - firstStep);
  for (const { codes: own, firstStep: first } of [a, b]) {
    for (const [k, code] of own.entries()) {
      const at = first - firstStep + k;
      codes[at] = Math.max(codes[at] ?? 0, code);
    }
  }
  return { round: a.round, firstStep, codes, frontier: Math.min(a.frontier, b.frontier) };
}
