/** Rounds of blocks of `core-cluster.ts`: what a worker answers to an order. */
import { assert } from '../../shared/kernel/assert.ts';
import type { RoundResiduals } from '../../shared/kernel/block-messages.ts';
import { residualCodes } from '../../shared/kernel/residual-code.ts';
import { windowEndOf } from '../../shared/numerics/compose.ts';
import { runRound } from '../../shared/numerics/round.ts';
import { addCost, noCost, type BlockSolver } from '../../shared/numerics/solver/block-solver.ts';
import { freezeRule } from '../../shared/numerics/solver/freeze.ts';
import type { Instruction } from '../../coordinator/core/command.ts';
import type { Reply } from '../../coordinator/core/event.ts';
import type { EdgeHandle } from '../../coordinator/core/state.ts';
import { frozenRow } from '../../worker/core/block-rounds.ts';
import type { Holder } from './cluster-blocks.ts';

type Asking = Exclude<Instruction, { kind: 'assignBlock' } | { kind: 'releaseBlock' }>;

export async function replyOf(
  holder: Holder,
  message: Asking,
  solver: BlockSolver,
): Promise<Reply> {
  const { fence } = message;
  const sent = (values: Float32Array | undefined) => values && holder.latents.put('reply', values);
  const left = 'left' in message && message.left ? holder.latents.get(message.left) : undefined;
  if (message.kind === 'advance') return advance(holder, message, solver, left);
  if (message.kind === 'sweep') {
    const swept = await solver.sweep(message, left);
    const codes = residualCodes(swept.residualNorms);
    const residuals = { round: fence.round, firstStep: swept.firstStep, codes, frontier: 0 };
    const latents = {
      offset: sent(swept.offset),
      denoised: message.wantsDenoised ? sent(solver.denoised()) : undefined,
      frozen: message.wantsFrozen ? sent(frozenRow(solver, message.frontier)) : undefined,
    };
    const cost = { ...swept.cost, scanMs: 0 };
    const volatility = message.wantsDenoised ? solver.volatility?.() : undefined;
    const known = volatility && { volatility };
    return { ...swept, ...latents, ...known, kind: 'swept', fence, residuals, cost };
  }
  const { acceleration, pipeline } = solver;
  if (message.kind === 'correct') {
    assert(acceleration, 'a correction without acceleration');
    const rows = acceleration.correct(message.prefix);
    const edge = message.rightmost ? edgeHandle(holder, solver) : undefined;
    return { kind: 'corrected', fence, rows, edge, cost: zero };
  }
  if (acceleration) {
    return { kind: 'moments', fence, moments: acceleration.absorb(left), cost: zero };
  }
  assert(pipeline, 'an absorption that nobody waits for');
  const absorption = await pipeline.absorb(left);
  const cost = { ...absorption.cost, scanMs: 0 };
  return {
    ...absorption,
    kind: 'absorbed',
    fence,
    right: holder.latents.put('reply', absorption.right),
    cost,
  };
}

function edgeHandle(holder: Holder, solver: BlockSolver): EdgeHandle {
  const { row, state, denoised } = solver.edge();
  return {
    row,
    state: holder.latents.put('reply', state),
    denoised: denoised && holder.latents.put('reply', denoised),
  };
}

async function advance(
  holder: Holder,
  message: Extract<Instruction, { kind: 'advance' }>,
  solver: BlockSolver,
  left: Float32Array | undefined,
): Promise<Reply> {
  const { table, window, method } = holder.problem;
  const { begin, end } = solver;
  const live = { begin, end, solver, left, moved: left !== undefined, right: undefined };
  const rule = freezeRule(table, holder.problem, method.name);
  const { restarts, roundsMax } = message;
  let { frontier, errors } = message;
  let told = { errors, errorEstimate: 0, distrusted: false };
  let cost = noCost;
  const rounds: RoundResiduals[] = [];
  const inside = () => end === table.steps || Math.min(...frontier) + window <= end;
  const goesOn = () => !told.distrusted && rounds.length < roundsMax && inside();
  while (Math.min(...frontier) < end && goesOn()) {
    const windowEnd = Math.min(end, windowEndOf(frontier, window, table.steps));
    const settled = await runRound(rule, [live], { frontier, windowEnd, errors, restarts });
    cost = settled.costs.reduce(addCost, cost);
    ({ frontier, errors } = settled);
    const { errorEstimate, distrusted } = settled;
    told = { errors, errorEstimate, distrusted };
    for (const { firstStep, residualNorms } of settled.summaries) {
      const codes = residualCodes(residualNorms);
      const round: number = message.fence.round + rounds.length;
      rounds.push({ round, firstStep, codes, frontier: Math.min(...frontier) });
    }
  }
  return {
    kind: 'advanced',
    fence: message.fence,
    progress: { rounds, frontier, cost: { ...cost, scanMs: 0 }, updateNorm: 0 },
    rounds: rounds.length,
    ...told,
    edge: edgeHandle(holder, solver),
  };
}

const zero = { ...noCost, scanMs: 0 };
