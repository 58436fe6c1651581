/**
 * A block leaves its worker between two rounds, because the worker drains, became slow, or another
 * one joined: it sends its live rows, and whoever takes them goes on with the same states. That
 * costs one exchange; starting anew from the left boundary would cost rounds as well. A block may
 * be cut on the way, so edges move where owners do.
 *
 *   absorbed -> moving (ReleaseBlock with handOver) -> Rows -> pieces, sweeping
 */
import { limits } from '../../shared/kernel/limits.ts';
import { freezesInTurn, weightInFront } from '../../shared/numerics/solver/freeze.ts';
import { assign, eligibleWorkers, newBlock, reassign, takeMoved } from './blocks.ts';
import { candidates } from './deal.ts';
import type { ReplyOf } from './event.ts';
import { isRightmost, sendRound, sendSweep } from './orders.ts';
import { fairShares, longestMs, modelOf, paceOf, timerOf, type Timer } from './speed.ts';
import type { BlockState, JobState, WorkerState } from './state.ts';
import { fenceOf, handle, planOf, type Step, tell, tellToForget } from './step.ts';
import { newestBoundary } from './twins.ts';

/** Calls that take this many times longer than on the others are a reason to look closer. */
const SLOW = 2;
/** A block moves where its worker's round is so much longer than it could be ... */
const OVERLOADED = 1.5;
/** ... and by so much: a move takes an exchange, and a hiccup is not for long. */
const MOVE_WORTH_MS = 20;

/** Starts to move a block that is about to sweep, if it should; false if it stays. */
export function handsOver(step: Step, job: JobState, block: BlockState): boolean {
  const owner = step.workers.get(block.worker);
  if (!owner || !mayMove(job, block) || !needsALook(step, job, owner)) return false;
  const pieces = piecesOf(step, job, block);
  const [sole] = pieces;
  if (!sole) return false;
  if (elementsOf(job, block) > limits.handOverElementsMax) {
    // too much to carry: the one who takes most starts anew
    const taker = pieces.reduce((a, b) => (b.rows > a.rows ? b : a));
    if (taker.worker === block.worker) return false;
    releaseQuietly(step, job, block);
    if (reassign(step, job, block, taker.worker)) sendSweep(step, job, block);
    return true;
  }
  putBack(job, block);
  block.phase = 'moving';
  const fence = fenceOf(step, job, block);
  const left = takeMoved(block);
  const message = { kind: 'releaseBlock', fence, collect: false, handOver: true, left } as const;
  tell(step, block, message);
  return true;
}

function releaseQuietly(step: Step, job: JobState, block: BlockState): void {
  tellToForget(step, block, fenceOf(step, job, block));
}

/** All its rows are known to be where the coordinator thinks. */
function mayMove(job: JobState, block: BlockState): boolean {
  const plan = planOf(job);
  if (!freezesInTurn(plan) || plan.keepRows || plan.audit || plan.window === 1) return false;
  if (liveRows(job, block) === 0 || !block.summary || block.summary.row !== block.rightRow) {
    return false;
  }
  const whole = block.rightRow === block.end;
  // what has not entered grows from the edge again
  return whole || (isRightmost(job, block) && block.summary.denoised !== undefined);
}

/** Cheap, since every block asks in every round. */
function needsALook(step: Step, job: JobState, owner: WorkerState): boolean {
  const model = modelOf(owner, planOf(job));
  if (!model) return false;
  return owner.draining || job.room || paceOf(model, step.atMs) >= SLOW * job.pace;
}

/** First row that the block still works on, up to the last that has entered. */
function liveRows(job: JobState, { begin, rightRow }: BlockState): number {
  return Math.max(0, rightRow - Math.max(begin, Math.min(...job.frontier)));
}

function elementsOf(job: JobState, block: BlockState): number {
  const { samples, dim = 0, latentsPerRow = 1 } = planOf(job);
  return (liveRows(job, block) + 1) * samples * latentsPerRow * dim;
}

/** Rows that had not entered will enter as a block of their own. */
function putBack(job: JobState, block: BlockState): void {
  const { rightRow, end } = block;
  if (rightRow === end) return;
  const { partition, nextBlock } = job;
  const entered = partition.slice(0, nextBlock);
  const last = entered.pop();
  if (last) entered.push({ ...last, end: rightRow });
  job.partition = [...entered, { begin: rightRow, end }, ...partition.slice(nextBlock)];
  job.recut = true;
  block.end = rightRow;
}

interface Piece {
  readonly worker: string;
  readonly rows: number;
}

/** Who should have the live rows of a block, left to right; none where it should stay. */
function piecesOf(step: Step, job: JobState, block: BlockState): Piece[] {
  const plan = planOf(job);
  const owner = step.workers.get(block.worker);
  const workers = candidates(step, job);
  if (owner && !owner.draining && !workers.includes(owner)) workers.push(owner);
  const timers = workers.map((worker) => timerOf(worker, plan, step.atMs) ?? unmeasured);
  const loads = workers.map(({ id }) => loadOf(job, id));
  const all = job.blocks.reduce((sum, other) => sum + liveRows(job, other), 0);
  const shares = fairShares(all, timers, plan.samples);
  const rows = liveRows(job, block);
  const at = owner ? workers.indexOf(owner) : -1;
  const surplus = at === -1 ? rows : (loads[at] ?? 0) - (shares[at] ?? 0);
  if (at !== -1 && !isOverloaded({ timers, loads, shares, at, perRow: plan.samples })) return [];
  const shed = Math.min(rows, surplus);
  const takers = workers
    .map(({ id }, k) => ({ worker: id, rows: (shares[k] ?? 0) - (loads[k] ?? 0) }))
    .filter(({ rows: missing }, k) => k !== at && missing > 0)
    .sort((a, b) => b.rows - a.rows);
  const pieces = rows > shed ? [{ worker: block.worker, rows: rows - shed }] : [];
  let left = shed;
  for (const taker of takers) {
    const taken = Math.min(left, taker.rows);
    if (taken > 0) pieces.push({ worker: taker.worker, rows: taken });
    left -= taken;
  }
  const last = pieces.pop();
  if (!last || takers.length === 0) return [];
  return [...pieces, { ...last, rows: last.rows + left }];
}

/** Nobody knows: as good as any other of whom nobody knows. */
const unmeasured: Timer = (rows) => rows;

interface Loaded {
  readonly timers: readonly Timer[];
  readonly loads: readonly number[];
  readonly shares: readonly number[];
  readonly at: number;
  readonly perRow: number;
}

function isOverloaded({ timers, loads, shares, at, perRow }: Loaded): boolean {
  const now = timers[at]?.(perRow * (loads[at] ?? 0)) ?? 0;
  const best = longestMs(
    timers,
    shares.map((share) => perRow * share),
  );
  return now >= OVERLOADED * best && now - best >= MOVE_WORTH_MS;
}

function loadOf(job: JobState, id: string): number {
  const own = job.blocks.filter(({ worker }) => worker === id);
  return own.reduce((sum, block) => sum + liveRows(job, block), 0);
}

/** The rows are here: their new owners go on with them, in the round that the block was in. */
export function onHandedOver(
  step: Step,
  job: JobState,
  block: BlockState,
  { first, states }: ReplyOf<'rows'>,
): void {
  const { begin, end, worker } = block;
  const from = Math.max(begin, Math.min(...job.frontier));
  const planned = piecesOf(step, job, block);
  const owner = step.workers.get(worker);
  const back = owner && !owner.draining ? worker : (eligibleWorkers(step, job)[0] ?? worker);
  const pieces = planned.length > 0 ? planned : [{ worker: back, rows: end - from }];
  const rows = { states, first, last: end };
  // the wave may have passed its left neighbour meanwhile
  const moved = from === begin ? newestBoundary(job, block) : undefined;
  const fresh = cut(job, block, from, pieces);
  const at = job.blocks.indexOf(block);
  job.blocks = [...job.blocks.slice(0, at), ...fresh, ...job.blocks.slice(at + 1)];
  if (at < job.wave.next) job.wave = { ...job.wave, next: job.wave.next + fresh.length - 1 };
  for (const [k, piece] of fresh.entries()) {
    const handed = { ...rows, row: piece.begin };
    if (k === 0 && moved) piece.left = moved;
    else if (piece.left) step.commands.push({ kind: 'takeRow', out: piece.left, from: handed });
    assign(step, job, piece, { handed });
    sendRound(step, job, piece);
  }
  job.recut = true;
}

/** The blocks that take the place of one, each with what was known of its rows. */
function cut(
  job: JobState,
  block: BlockState,
  from: number,
  pieces: readonly Piece[],
): BlockState[] {
  const { rows: scalars, behind, right, ready, round, failures } = block;
  let begin = from;
  const fresh = pieces.map(({ worker, rows }) => {
    const left = begin === 0 ? undefined : handle(job, block.index, `moved ${begin}`);
    const piece = newBlock(job, { begin, end: begin + rows, worker, left });
    begin = piece.end;
    return { ...piece, attempt: ++job.attempts, ready, round, failures };
  });
  for (const [k, piece] of fresh.entries()) {
    const next = fresh[k + 1];
    piece.rightRow = piece.end;
    piece.right = next ? next.left : right;
    const own = scalars && weightInFront(scalars, behind, job.frontier.length, piece.end);
    piece.behind = next ? own : behind;
    if (!next) piece.rows = scalars;
  }
  return fresh;
}
