/**
 * Rounds without the coordinator: a block that is alone composes with nobody, so it sweeps and
 * freezes by itself until its rows are final or the window asks for the next block.
 */
import type {
  ComputedStep,
  FromBlock,
  FrozenRow,
  ProgressReport,
  RoundResiduals,
  WorkCost,
} from '../../shared/kernel/block-messages.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { statesOf } from '../../shared/numerics/bundle.ts';
import { anyPicked } from '../../shared/kernel/picked-rows.ts';
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { runRound, type LiveBlock } from '../../shared/numerics/round.ts';
import type { Cost } from '../../shared/numerics/solver/block-solver.ts';
import { addCost, noCost } from '../../shared/numerics/solver/block-solver.ts';
import { freezeRule, type FreezeRule, type Frozen } from '../../shared/numerics/solver/freeze.ts';
import type { OpenBlock, Order } from './block-rounds.ts';
import {
  computedStep,
  edgeOf,
  frozenRow,
  requireLeft,
  residualsOf,
  workCost,
} from './block-rounds.ts';
import { requireLength } from './job-setup.ts';

const progressMs = 100;
const previewMs = 250;
/** A cancel waits no longer than that, or than a round; a turn of the loop costs as much as one. */
const breathMs = 5;

/** Before the first round. */
const nothing = { errorEstimate: 0, distrusted: false, updateNorm: 0 } as const;

export interface AdvanceHooks {
  readonly now: () => number;
  /** Lets the event loop turn: a cancel must get in. */
  readonly breathe: () => Promise<void>;
  readonly send: (message: FromBlock) => void;
  readonly released: () => boolean;
  /** Says which round runs, for a failure in it. */
  readonly onRound: (round: number) => void;
}

interface Advance {
  readonly block: OpenBlock;
  readonly message: Order<'advance'>;
  readonly hooks: AdvanceHooks;
  readonly live: LiveBlock;
  readonly rule: FreezeRule;
  rounds: number;
  /** What the newest round froze. */
  frozen: Frozen;
  /** Since the last report. */
  residuals: RoundResiduals[];
  cost: Cost;
  elapsedMs: number;
  breathedAt: number;
  reportedAt: number;
  previewedAt: number;
  /** When it last sent a row to go on from, and which. */
  sentRowAt: number;
  sentRow: number;
  /** For others to compute again, and the first row that was not looked at for that. */
  step: ComputedStep | undefined;
  nextLook: number;
}

/** Undefined where the block was released meanwhile. */
export async function runAdvance(
  block: OpenBlock,
  message: Order<'advance'>,
  hooks: AdvanceHooks,
): Promise<FromBlock | undefined> {
  const { solver, job } = block;
  const { left } = message;
  requireLength('frontier', message.frontier, job.problem.samples);
  requireLeft(job, left);
  const { begin, end } = solver;
  const live = { begin, end, solver, left, moved: left !== undefined, right: undefined };
  const started = hooks.now();
  const run: Advance = {
    block,
    message,
    hooks,
    live,
    rule: freezeRule(job.problem.table, job.problem, job.problem.method.name),
    rounds: 0,
    frozen: { ...nothing, frontier: message.frontier, errors: message.errors },
    residuals: [],
    cost: noCost,
    elapsedMs: 0,
    breathedAt: started,
    reportedAt: started,
    previewedAt: -Infinity,
    sentRowAt: started,
    sentRow: Math.min(...message.frontier),
    step: undefined,
    nextLook: Math.min(...message.frontier),
  };
  while (goesOn(run)) {
    hooks.onRound(message.fence.round + run.rounds);
    await timed(run, () => oneRound(run));
    if (hooks.released()) return undefined;
    // what the last round brings is told with the end
    const due = run.step !== undefined || hooks.now() - run.reportedAt >= progressMs;
    if (due && goesOn(run)) report(run);
    if (hooks.now() - run.breathedAt < breathMs) continue;
    await hooks.breathe();
    run.breathedAt = hooks.now();
    if (hooks.released()) return undefined;
  }
  const { rounds, frozen } = run;
  const { errors, errorEstimate, distrusted } = frozen;
  const { fence } = message;
  const edge = edgeOf(block);
  const told = { progress: taken(run), rounds, errors, errorEstimate, distrusted, edge };
  return { kind: 'advanced', fence, ...told };
}

/** At least one round, or an advance that was not needed would be asked for again and again. */
function goesOn({ block, message, rounds, frozen }: Advance): boolean {
  const { frontier, distrusted } = frozen;
  if (rounds >= message.roundsMax || distrusted) return false;
  const { table, window } = block.job.problem;
  const { end } = block.solver;
  const slowest = Math.min(...frontier);
  if (slowest >= end) return false;
  const needsNext = end < table.steps && slowest + window > end;
  return rounds === 0 || !needsNext;
}

/** Time between rounds belongs to others. */
async function timed(run: Advance, work: () => Promise<void>): Promise<void> {
  const started = run.hooks.now();
  await work();
  run.elapsedMs += run.hooks.now() - started;
}

async function oneRound(run: Advance): Promise<void> {
  const { rule, live, message } = run;
  const { frontier, errors } = run.frozen;
  const { problem } = run.block.job;
  const windowEnd = windowEndOf(frontier, problem.window, live.end);
  const { restarts, roundsLost = 0 } = message;
  const range = { frontier, windowEnd, alone: true, errors, restarts, roundsLost };
  const settled = await runRound(rule, [live], range);
  if (run.hooks.released()) return;
  keepStep(run, { before: frontier, after: settled.frontier });
  const [summary] = settled.summaries;
  const round = message.fence.round + run.rounds;
  if (summary) run.residuals.push(residualsOf(summary, round, settled.frontier));
  run.rounds += 1;
  run.cost = settled.costs.reduce(addCost, run.cost);
  run.frozen = settled;
}

interface Frontiers {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/**
 * What the round computed from a row that was final, if that row or one before it is picked, or
 * the job ends with it and that is wanted.
 */
function keepStep(run: Advance, { before, after }: Frontiers): void {
  const { message, block, nextLook } = run;
  const { stepEvery = 0, wantsLastStep = false } = message;
  const row = Math.min(...before);
  const isLast = wantsLastStep && Math.min(...after) >= block.job.problem.table.steps;
  if (row < nextLook && !isLast) return;
  run.nextLook = row + 1;
  const picked = anyPicked(message.fence.job, { from: nextLook, to: row }, stepEvery);
  if (picked || isLast) run.step = computedStep(block.solver, before);
}

function report(run: Advance): void {
  const { hooks, message } = run;
  const preview = previewOf(run);
  const row = rowToSend(run);
  const told = { ...(preview && { preview }), ...(row && { frozenRow: row }) };
  const progress = { ...taken(run), ...told };
  hooks.send({ kind: 'progress', fence: message.fence, progress });
}

/** A row to go on from, if one is due that is further than the last. */
function rowToSend(run: Advance): FrozenRow | undefined {
  const { hooks, message, block, frozen } = run;
  const { checkpointMs = 0 } = message;
  const row = Math.min(...frozen.frontier);
  const due = checkpointMs > 0 && hooks.now() - run.sentRowAt >= checkpointMs;
  if (!due || row <= run.sentRow) return undefined;
  const state = frozenRow(block.solver, frozen.frontier);
  if (!state) return undefined;
  run.sentRowAt = hooks.now();
  run.sentRow = row;
  return { row, state, errors: frozen.errors };
}

/** What happened since the last report. */
function taken(run: Advance): ProgressReport {
  const { residuals: rounds, step } = run;
  const { frontier, updateNorm } = run.frozen;
  const cost: WorkCost = workCost(run.cost, run.elapsedMs);
  run.residuals = [];
  run.cost = noCost;
  run.elapsedMs = 0;
  run.step = undefined;
  run.reportedAt = run.hooks.now();
  return { rounds, frontier, cost, updateNorm, ...(step && { step }) };
}

/** The best guess of the samples: row N itself once it is live, x0-hat before. */
function previewOf(run: Advance): Float32Array | undefined {
  const { block, message, hooks } = run;
  const at = hooks.now();
  if (!message.previews || at - run.previewedAt < previewMs) return undefined;
  run.previewedAt = at;
  const { samples, table, dim } = block.job.problem;
  // nobody would be shown it
  if (4 * samples * dim > limits.previewBytesMax) return undefined;
  const { row, state, denoised } = edgeOf(block);
  return row === table.steps ? statesOf(state, samples, table.parts) : denoised;
}
