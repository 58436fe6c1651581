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
  /** Whole rounds, in order, of which something was added behind the position; 0: all of them. */
  since(position: number): TracePiece;
}

export interface TracePiece {
  readonly rounds: RoundResiduals[];
  /** What is read from next time. */
  readonly position: number;
}

/** Numbers of a report: round, first step, codes, frontier, where its codes begin, its number. */
const FIELDS = 6;
const FIELD_BYTES = 4;
const NUMBER = 5;

interface Packed {
  reports: Int32Array;
  count: number;
  codes: Uint8Array;
  used: number;
  /** Of every round, the first of its reports. */
  readonly first: Map<number, number>;
}

export function createTrace(bytesMax: number = limits.traceBytesMax): Trace {
  let packed = empty();
  // numbers outlive the thinning, positions in memory do not
  let added = 0;
  return {
    add(round) {
      append(packed, round, ++added);
      if (packed.used + packed.count * FIELDS * FIELD_BYTES > bytesMax) packed = thinned(packed);
    },
    rounds: () => inOrder(together(reportsOf(packed))),
    since(position) {
      if (position >= added) return { rounds: [], position: added };
      const found = changed(packed, indexAfter(packed, position));
      return { rounds: inOrder(found), position: added };
    },
  };
}

function empty(): Packed {
  const reports = new Int32Array(16 * FIELDS);
  return { reports, count: 0, codes: new Uint8Array(64), used: 0, first: new Map() };
}

function append(packed: Packed, report: RoundResiduals, number: number): void {
  const { round, firstStep, codes, frontier } = report;
  const { count, used, first } = packed;
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
  const fields = [round, firstStep, codes.length, frontier, used, number];
  packed.reports.set(fields, count * FIELDS);
  if (!first.has(round)) first.set(round, count);
  packed.codes.set(codes, used);
  packed.count++;
  packed.used += codes.length;
}

interface Report extends RoundResiduals {
  readonly number: number;
}

function* reportsOf({ reports, count, codes }: Packed, from = 0): Generator<Report> {
  for (let k = from; k < count; k++) {
    const fields = reports.subarray(k * FIELDS, (k + 1) * FIELDS);
    const [round = 0, firstStep = 0, length = 0, frontier = 0, at = 0, number = 0] = fields;
    yield { round, firstStep, codes: codes.subarray(at, at + length), frontier, number };
  }
}

/** Of the first report with a greater number: they are in order. */
function indexAfter({ reports, count }: Packed, number: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((reports[middle * FIELDS + NUMBER] ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The rounds that reports from an index on speak of, whole: also what came of them before. */
function changed(packed: Packed, index: number): Map<number, RoundResiduals> {
  const wanted = new Set<number>();
  let from = index;
  for (let k = index; k < packed.count; k++) {
    const round = packed.reports[k * FIELDS] ?? 0;
    wanted.add(round);
    from = Math.min(from, packed.first.get(round) ?? from);
  }
  return together(reportsOf(packed, from), wanted);
}

/** Without every other round of the older half. */
function thinned(packed: Packed): Packed {
  const rounds = [...new Set([...reportsOf(packed)].map(({ round }) => round))].sort(
    (a, b) => a - b,
  );
  const dropped = new Set(rounds.slice(0, rounds.length >> 1).filter((_, k) => k % 2 === 1));
  const kept = empty();
  for (const report of reportsOf(packed)) {
    if (!dropped.has(report.round)) append(kept, report, report.number);
  }
  return kept;
}

function together(
  reports: Iterable<Report>,
  wanted?: ReadonlySet<number>,
): Map<number, RoundResiduals> {
  const rounds = new Map<number, RoundResiduals>();
  for (const { round, firstStep, codes, frontier } of reports) {
    if (wanted && !wanted.has(round)) continue;
    const report = { round, firstStep, codes, frontier };
    const known = rounds.get(round);
    rounds.set(round, known ? merge(known, report) : report);
  }
  return rounds;
}

function inOrder(rounds: ReadonlyMap<number, RoundResiduals>): RoundResiduals[] {
  return [...rounds.values()].sort((a, b) => a.round - b.round);
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
