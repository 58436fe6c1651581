/**
 * One round over blocks that live in this process: all of a job's (`drive.ts`), or the one block
 * of a worker that needs nobody else. What the coordinator does between messages is the same three
 * steps: sweep, compose, freeze.
 */
import { advanceFrontier, composeBoundaries, composeMoments, hasMoved } from './compose.ts';
import type { Block } from './partition.ts';
import type { BlockSolver, BlockSummary, Cost, SweepRange } from './solver/block-solver.ts';
import { addCost } from './solver/block-solver.ts';
import { addError } from './solver/error-bound.ts';
import {
  freezeRows,
  freezesInTurn,
  joined,
  nothingFrozen,
  weightsBehind,
  type FreezeRule,
  type Freezing,
  type Frozen,
} from './solver/freeze.ts';
import type { TestedBlock } from './solver/tested-rows.ts';
import type { Movement } from './solver/groups.ts';
import { endsJob } from './solver/stop-rules.ts';

export interface LiveBlock extends Block {
  readonly solver: BlockSolver;
  /** Left boundary; the leftmost block needs none, since its own is final. */
  left: Float32Array | undefined;
  /** The left boundary moved since the block's last sweep. */
  moved: boolean;
  /** State at the right end of its active rows. */
  right: Float32Array | undefined;
  /** w of the row behind it, per sample, as the round before left it. */
  behind?: Float64Array | undefined;
}

export interface SettledRound extends Frozen {
  readonly summaries: readonly BlockSummary[];
  /** Of all blocks, in order. */
  readonly costs: readonly Cost[];
}

export async function runRound(
  rule: FreezeRule,
  blocks: readonly LiveBlock[],
  range: SweepRange & Freezing,
): Promise<SettledRound> {
  const summaries = await Promise.all(blocks.map((block) => sweep(block, range)));
  const costs = summaries.map(({ cost }) => cost);
  if (blocks.some(({ solver }) => solver.pipeline)) {
    return { ...(await absorbPipelined(rule, blocks, range, costs)), summaries };
  }
  const movements = compose(blocks, summaries, range.frontier);
  const corrected = correct(blocks);
  const tested = summaries.map(({ rows }, j) => ({
    rows: corrected?.[j] ?? rows,
    movement: corrected ? undefined : movements[j],
  }));
  const together = corrected !== undefined || !freezesInTurn(rule);
  const frozen = together
    ? freezeRows(rule, tested, range)
    : freezeInTurn(rule, blocks, tested, range);
  return { ...frozen, summaries, costs };
}

/**
 * Block by block from the left, as the boundaries become known: a block is not told of gains that
 * blocks on its right measured in this round.
 */
export function freezeInTurn(
  rule: FreezeRule,
  blocks: readonly Pick<LiveBlock, 'behind'>[],
  tested: readonly TestedBlock[],
  range: Freezing,
): Frozen {
  let frozen = nothingFrozen(rule, range);
  for (const [j, given] of tested.entries()) {
    const own = { ...given, sweptFrom: range.frontier, behind: blocks[j]!.behind };
    frozen = joined(frozen, freezeRows(rule, [own], { ...range, ...frozen }));
  }
  const rows = tested.map((block) => block.rows);
  const behind = weightsBehind(rows, range.frontier.length);
  for (const [j, block] of blocks.entries()) block.behind = behind[j];
  return frozen;
}

function sweep(block: LiveBlock, range: SweepRange): Promise<BlockSummary> {
  const left = block.moved ? block.left : undefined;
  block.moved = false;
  return block.solver.sweep(range, left);
}

function compose(
  blocks: readonly LiveBlock[],
  summaries: readonly BlockSummary[],
  frontier: Int32Array,
): readonly Movement[] {
  const swept = blocks.map(({ begin, left }, j) => ({ ...summaries[j]!, begin, left }));
  const { rights, movements } = composeBoundaries(swept, frontier);
  for (const [j, block] of blocks.entries()) {
    block.right = rights[j];
    if (!hasMoved(movements[j])) continue;
    block.left = rights[j - 1];
    block.moved = true;
  }
  return movements;
}

/** Parataa: undefined where no block accelerates. */
function correct(blocks: readonly LiveBlock[]) {
  const parts = blocks.flatMap(({ solver }) => solver.acceleration ?? []);
  if (parts.length === 0) return undefined;
  const totals = parts.map((part, j) => {
    const block = blocks[j]!;
    const left = block.moved ? block.left : undefined;
    block.moved = false;
    return part.absorb(left);
  });
  const prefixes = composeMoments(totals);
  return parts.map((part, j) => part.correct(prefixes[j]!));
}

/** Parareal: each block makes its own right boundary, and the next one absorbs it. */
async function absorbPipelined(
  rule: FreezeRule,
  blocks: readonly LiveBlock[],
  { frontier, errors }: Freezing,
  costs: readonly Cost[],
): Promise<Omit<SettledRound, 'summaries'>> {
  const all = [...costs];
  let after = frontier;
  let told = addError(errors, 0);
  let updateNorm = 0;
  let left: Float32Array | undefined;
  let ended = false;
  for (const [j, block] of blocks.entries()) {
    const { begin, end, solver } = block;
    if (!solver.pipeline || ended) continue;
    if (left) block.left = left;
    const absorbed = await solver.pipeline.absorb(left);
    left = block.right = absorbed.right;
    all[j] = addCost(all[j]!, absorbed.cost);
    updateNorm = Math.max(updateNorm, absorbed.updateNorm);
    ended = endsJob(rule, end, absorbed.updateNorm);
    const before = after;
    const { passing, weightedUpdateSum } = absorbed;
    after = ended
      ? before.map(() => rule.steps)
      : advanceFrontier(before, [{ begin, end, passing }]);
    if (after.some((row, m) => row > before[m]!)) told = addError(told.errors, weightedUpdateSum);
  }
  return { ...told, frontier: after, updateNorm, costs: all };
}
