/**
 * The convergence trace of a job: the residuals of every round, as its blocks told them, packed so
 * that a round of one row takes bytes and not objects. They are put together when they are read.
 */
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import { limits } from '../../shared/kernel/limits.ts';

export interface Trace {
  /** Copies: what comes off the wire is a view of a whole message. */
  add(round: RoundResiduals): void;
  /** In order; where there were too many, every other one of the older ones is missing. */
  rounds(): RoundResiduals[];
}

/** Numbers of a report: round, first step, codes, frontier. */
const FIELDS = 4;
const FIELD_BYTES = 4;

interface Packed {
  reports: Int32Array;
  count: number;
  codes: Uint8Array;
  used: number;
}

export function createTrace(bytesMax: number = limits.traceBytesMax): Trace {
  let packed = empty();
  return {
    add(round) {
      append(packed, round);
      if (packed.used + packed.count * FIELDS * FIELD_BYTES > bytesMax) packed = thinned(packed);
    },
    rounds: () => [...together(packed).values()].sort((a, b) => a.round - b.round),
  };
}

function empty(): Packed {
  return { reports: new Int32Array(16 * FIELDS), count: 0, codes: new Uint8Array(64), used: 0 };
}

function append(packed: Packed, { round, firstStep, codes, frontier }: RoundResiduals): void {
  const { count, used } = packed;
  if ((count + 1) * FIELDS > packed.reports.length) {
    const larger = new Int32Array(2 * packed.reports.length);
    larger.set(packed.reports);
    packed.reports = larger;
  }
  if (used + codes.length > packed.codes.length) {
    const larger = new Uint8Array(2 * (used + codes.length));
    larger.set(packed.codes);
    packed.codes = larger;
  }
  packed.reports.set([round, firstStep, codes.length, frontier], count * FIELDS);
  packed.codes.set(codes, used);
  packed.count++;
  packed.used += codes.length;
}

function* reportsOf({ reports, count, codes }: Packed): Generator<RoundResiduals> {
  let at = 0;
  for (let k = 0; k < count; k++) {
    const [round = 0, firstStep = 0, length = 0, frontier = 0] = reports.subarray(k * FIELDS);
    yield { round, firstStep, codes: codes.subarray(at, at + length), frontier };
    at += length;
  }
}

/** Without every other round of the older half. */
function thinned(packed: Packed): Packed {
  const rounds = [...new Set([...reportsOf(packed)].map(({ round }) => round))].sort(
    (a, b) => a - b,
  );
  const dropped = new Set(rounds.slice(0, rounds.length >> 1).filter((_, k) => k % 2 === 1));
  const kept = empty();
  for (const report of reportsOf(packed)) if (!dropped.has(report.round)) append(kept, report);
  return kept;
}

function together(packed: Packed): Map<number, RoundResiduals> {
  const rounds = new Map<number, RoundResiduals>();
  for (const report of reportsOf(packed)) {
    const known = rounds.get(report.round);
    rounds.set(report.round, known ? merge(known, report) : report);
  }
  return rounds;
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
