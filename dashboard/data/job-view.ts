/** What is known of a job, put together from its events as they come. */
import type { JobStatus } from '../api/replies.ts';
import { isRecord, readList } from '../api/read-as.ts';
import { bytesOf, residualOf } from './residual.ts';

export interface TraceRound {
  readonly round: number;
  /** First row that is not frozen after the round. */
  readonly frontier: number;
  readonly firstStep: number;
  /** One per step that was swept. */
  readonly codes: Uint8Array;
}

export interface Block {
  readonly begin: number;
  readonly end: number;
  /** Name; empty while nobody has the block. */
  readonly worker: string;
  /** Not let go yet. */
  readonly held: boolean;
}

/** A figure of the running job, as of a round. */
export interface Estimate {
  readonly round: number;
  readonly value: number;
}

export interface JobView {
  readonly status: JobStatus | undefined;
  /** By round, without gaps only where the server had none. */
  readonly rounds: readonly TraceRound[];
  readonly blocks: readonly Block[];
  readonly estimates: readonly Estimate[];
}

export const emptyView: JobView = { status: undefined, rounds: [], blocks: [], estimates: [] };

/** Estimates that a curve keeps: one a round, and more rounds than pixels are not seen. */
const ESTIMATES_MAX = 2_000;

export function withStatus(view: JobView, status: JobStatus): JobView {
  const estimates = status.state === 'RUNNING' ? added(view.estimates, status) : view.estimates;
  return { ...view, status, estimates };
}

function added(known: readonly Estimate[], { rounds, errorEstimate }: JobStatus) {
  if (!(errorEstimate > 0)) return known;
  const before = known.at(-1)?.round === rounds ? known.slice(0, -1) : known;
  return [...before.slice(1 - ESTIMATES_MAX), { round: rounds, value: errorEstimate }];
}

/** A `rounds` event: a round replaces what was known of it; the blocks are all that are held. */
export function withRounds(view: JobView, event: unknown): JobView {
  const rounds = readTrace(event);
  const found = isRecord(event) ? event['blocks'] : undefined;
  return { ...view, rounds: merged(view.rounds, rounds), blocks: withBlocks(view.blocks, found) };
}

/** The `rounds` of an event or of a whole trace. */
export function readTrace(found: unknown): TraceRound[] {
  const rounds = isRecord(found) ? found['rounds'] : undefined;
  const example = { round: 0, frontier: 0, firstStep: 0, residualCodes: '' };
  return readList(example, rounds)
    .filter(({ round }) => Number.isInteger(round) && round >= 0)
    .map(({ residualCodes, ...rest }) => ({ ...rest, codes: bytesOf(residualCodes) }));
}

/** No blocks mean that nothing changed; those that were let go stay as what they were. */
function withBlocks(known: readonly Block[], found: unknown): readonly Block[] {
  const held = readList({ begin: 0, end: 0, worker: '' }, found)
    .filter(({ begin, end }) => end > begin)
    .map((block) => ({ ...block, held: true }));
  if (held.length === 0) return known;
  const apart = (a: Block): boolean => !held.some((b) => a.begin < b.end && b.begin < a.end);
  const past = known.filter(apart).map((block) => ({ ...block, held: false }));
  return [...past, ...held].sort((a, b) => a.begin - b.begin);
}

function merged(known: readonly TraceRound[], news: readonly TraceRound[]): readonly TraceRound[] {
  if (news.length === 0) return known;
  const all = new Map(known.map((round) => [round.round, round]));
  for (const round of news) all.set(round.round, round);
  return [...all.values()].sort((a, b) => a.round - b.round);
}

/** Largest residual of every round; undefined where all are zero. */
export function residualCurve(rounds: readonly TraceRound[]): (number | undefined)[] {
  return rounds.map(({ codes }) => {
    const most = codes.reduce((a, b) => Math.max(a, b), 0);
    return most === 0 ? undefined : residualOf(most);
  });
}

export function isOver({ state }: Pick<JobStatus, 'state'>): boolean {
  return state === 'DONE' || state === 'FAILED' || state === 'CANCELLED';
}
