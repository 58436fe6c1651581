/**
 * As little of a coordinator as a job needs: `drive.ts` with messages in between. It has no opinion
 * on failures; whatever is not the expected answer rejects.
 */
import { setImmediate as breathe } from 'node:timers/promises';

import { assert } from '../../../shared/kernel/assert.ts';
import type { ErrorState } from '../../../shared/kernel/error-state.ts';
import type { FromBlock, ProgressReport, ToWorker } from '../../../shared/kernel/block-messages.ts';
import {
  advanceFrontier,
  composeBoundaries,
  composeMoments,
  hasMoved,
  windowEndOf,
} from '../../../shared/numerics/compose.ts';
import type { DriveProblem } from '../../../shared/numerics/drive.ts';
import type { Block } from '../../../shared/numerics/partition.ts';
import type { Edge } from '../../../shared/numerics/solver/block-solver.ts';
import { addError, noErrors } from '../../../shared/numerics/solver/error-bound.ts';
import {
  freezeRows,
  freezeRule,
  freezesInTurn,
  type FreezeRule,
} from '../../../shared/numerics/solver/freeze.ts';
import type { TestedBlock } from '../../../shared/numerics/solver/tested-rows.ts';
import { freezeInTurn } from '../../../shared/numerics/round.ts';
import { rollOutEdge } from '../../../shared/numerics/solver/roll-out.ts';
import { createBlockRuntime } from '../../../worker/core/block-runtime.ts';
import { specOf } from '../../support/job-spec.ts';

type Answer<K extends FromBlock['kind']> = Extract<FromBlock, { kind: K }>;
type Order = Exclude<ToWorker, { kind: 'openJob' | 'closeJob' }>;

/** Where block number `block` is sent to. */
export type Deliver = (message: ToWorker, block: number) => void;

export interface Coordinated {
  readonly samples: Float32Array;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly advances: number;
  readonly restarts: number;
  readonly errorEstimate: number;
  readonly progress: readonly ProgressReport[];
}

/** Runs a job; two workers take the blocks in turn, and hold none at the end. */
export async function coordinate(
  problem: DriveProblem,
  seed: number,
  advance: boolean,
): Promise<Coordinated> {
  const coordinator = new TinyCoordinator(problem, (message, block) => {
    workers[block % 2]?.handle(message);
  });
  const workers = [0, 1].map(() =>
    createBlockRuntime({
      openDenoiser: async () => problem.denoiser,
      send: (message) => coordinator.receive(message),
      now: () => performance.now(),
      breathe: () => breathe(),
    }),
  );
  for (const worker of workers) worker.handle({ kind: 'openJob', spec: specOf(problem, seed) });
  const done = await coordinator.run({ advance });
  for (const worker of workers) worker.handle({ kind: 'closeJob', job: 'job' });
  assert(
    workers.every(({ held }) => held === 0),
    'a worker holds a block of a job that is closed',
  );
  return done;
}

interface Live extends Block {
  readonly number: number;
  left: Float32Array;
  moved: boolean;
  right: Float32Array | undefined;
  behind?: Float64Array | undefined;
}

export class TinyCoordinator {
  readonly #problem: DriveProblem;
  readonly #deliver: Deliver;
  readonly #waiting = new Map<number, PromiseWithResolvers<FromBlock>>();
  readonly #live: Live[] = [];
  readonly #progress: ProgressReport[] = [];
  readonly #rule: FreezeRule;
  #frontier: Int32Array = new Int32Array(0);
  #windowEnd = 0;
  #edge: Edge;
  #errors: ErrorState;
  #errorEstimate = 0;
  #distrusted = false;
  #restarts = 0;
  #rounds = 0;
  #modelCalls = 0;
  #advances = 0;

  constructor(problem: DriveProblem, deliver: Deliver) {
    const { method, samples, table } = problem;
    this.#problem = problem;
    this.#deliver = deliver;
    this.#rule = freezeRule(table, problem, method.name);
    this.#edge = { row: 0, state: problem.initial };
    this.#errors = noErrors(samples);
    this.#begin();
  }

  /** The first time, and again where the rounds are distrusted. */
  #begin(): void {
    const { method, samples, window, table, initial } = this.#problem;
    for (const { number } of this.#live) {
      this.#deliver({ kind: 'releaseBlock', fence: this.#fence(number), collect: false }, number);
    }
    this.#live.length = 0;
    this.#frontier = new Int32Array(samples);
    this.#edge = { row: 0, state: initial };
    this.#errors = noErrors(samples);
    const cold = method.initialization === 'denoised' && method.name !== 'parareal';
    this.#windowEnd = cold ? 1 : windowEndOf(this.#frontier, window, table.steps);
  }

  /** Every answer of every worker comes in here. */
  receive(message: FromBlock): void {
    if (message.kind === 'progress') {
      this.#progress.push(message.progress);
      this.#modelCalls += message.progress.cost.modelCalls;
      return;
    }
    const waiting = this.#waiting.get(message.fence.block);
    if (waiting === undefined) throw new Error(`nobody asked for ${message.kind}`);
    this.#waiting.delete(message.fence.block);
    if (message.kind === 'blockFailed') waiting.reject(new Error(message.message));
    else waiting.resolve(message);
  }

  async run(options: { readonly advance: boolean }): Promise<Coordinated> {
    const { table, window } = this.#problem;
    while (Math.min(...this.#frontier) < table.steps) {
      await this.#enterBlocks();
      const active = this.#live.filter(({ end }) => this.#frontier.some((row) => row < end));
      const [only] = active;
      const reach = Math.min(...this.#frontier) + window;
      const alone = active.length === 1 && (only?.end === table.steps || reach <= (only?.end ?? 0));
      const started = this.#rounds > 0 || this.#windowEnd > 1 || this.#live.length === 1;
      if (options.advance && alone && started && only) await this.#advance(only);
      else await this.#round(active);
      this.#windowEnd = windowEndOf(this.#frontier, window, table.steps);
      if (!this.#distrusted) continue;
      this.#begin();
      this.#restarts += 1;
    }
    const counted = {
      rounds: this.#rounds,
      modelCalls: this.#modelCalls,
      advances: this.#advances,
      restarts: this.#restarts,
      errorEstimate: this.#errorEstimate,
    };
    return { samples: this.#edge.state, ...counted, progress: this.#progress };
  }

  #fence(block: number) {
    return { job: 'job', block, epoch: 1, attempt: this.#restarts, round: this.#rounds + 1 };
  }

  async #ask<K extends FromBlock['kind']>(kind: K, order: Order): Promise<Answer<K>> {
    const { block } = order.fence;
    const waiting = Promise.withResolvers<FromBlock>();
    this.#waiting.set(block, waiting);
    this.#deliver(order, block);
    const answer = await waiting.promise;
    if (answer.kind !== kind) throw new Error(`asked for ${kind}, got ${answer.kind}`);
    if ('cost' in answer) this.#modelCalls += answer.cost.modelCalls;
    return answer as Answer<K>;
  }

  async #enterBlocks(): Promise<void> {
    const { blocks, method, initial } = this.#problem;
    for (const block of blocks.slice(this.#live.length)) {
      if (block.begin >= this.#windowEnd) return;
      const number = this.#live.length;
      const parareal = method.name === 'parareal';
      const left = parareal
        ? (this.#live.at(-1)?.right ?? initial)
        : rollOutEdge(this.#problem, this.#edge, block.begin).state;
      const fence = this.#fence(number);
      const { denoised } = this.#edge;
      this.#deliver(
        {
          kind: 'assignBlock',
          fence,
          ...block,
          ...(block.begin === 0 ? {} : { left }),
          ...(denoised === undefined ? {} : { denoised }),
        },
        number,
      );
      let right: Float32Array | undefined;
      if (parareal) {
        ({ right } = await this.#ask('absorbed', { kind: 'absorb', fence }));
      }
      this.#live.push({ ...block, number, left, moved: false, right });
    }
  }

  /** The left boundary, if the block has to be told. */
  #news(block: Live): { left?: Float32Array } {
    const { moved, left } = block;
    block.moved = false;
    return moved ? { left } : {};
  }

  async #round(active: readonly Live[]): Promise<void> {
    const frontier = this.#frontier;
    const summaries = await Promise.all(
      active.map((block) =>
        this.#ask('swept', {
          kind: 'sweep',
          fence: this.#fence(block.number),
          frontier,
          windowEnd: this.#windowEnd,
          ...this.#news(block),
          wantsDenoised: block === active.at(-1),
        }),
      ),
    );
    this.#rounds += 1;
    if (this.#problem.method.name === 'parareal') return this.#absorb(active);
    const swept = active.map(({ begin, left }, j) => ({ begin, left, ...need(summaries[j]) }));
    const { rights, movements } = composeBoundaries(swept, frontier);
    for (const [j, block] of active.entries()) {
      block.right = rights[j];
      if (hasMoved(movements[j])) [block.left, block.moved] = [need(rights[j - 1]), true];
    }
    if (this.#problem.method.name === 'parataa') return this.#correct(active);
    this.#freeze(
      active,
      summaries.map(({ rows }, j) => ({ rows, movement: movements[j] })),
    );
    const { row, denoised } = need(summaries.at(-1));
    const state = need(rights.at(-1));
    this.#edge = { row, state, ...(denoised && { denoised }) };
  }

  #freeze(active: readonly Live[], tested: readonly TestedBlock[]): void {
    const [frontier, windowEnd] = [this.#frontier, this.#windowEnd];
    const before = { frontier, windowEnd, errors: this.#errors, restarts: this.#restarts };
    const together = !freezesInTurn(this.#rule);
    const frozen = together
      ? freezeRows(this.#rule, tested, before)
      : freezeInTurn(this.#rule, active, tested, before);
    this.#frontier = frozen.frontier;
    this.#judge(frozen);
  }

  /** What a round, or an advance, says of the error. */
  #judge(told: Pick<Answer<'advanced'>, 'errors' | 'errorEstimate' | 'distrusted'>): void {
    this.#errors = told.errors;
    this.#errorEstimate = told.errorEstimate;
    this.#distrusted = told.distrusted;
  }

  async #correct(active: readonly Live[]): Promise<void> {
    const fence = ({ number }: Live) => ({ ...this.#fence(number), round: this.#rounds });
    const totals = await Promise.all(
      active.map((block) =>
        this.#ask('moments', { kind: 'absorb', fence: fence(block), ...this.#news(block) }),
      ),
    );
    const prefixes = composeMoments(totals.map(({ moments }) => moments));
    const corrected = await Promise.all(
      active.map((block, j) =>
        this.#ask('corrected', {
          kind: 'correct',
          fence: fence(block),
          prefix: need(prefixes[j]),
          rightmost: block === active.at(-1),
        }),
      ),
    );
    this.#freeze(active, corrected);
    this.#edge = need(corrected.at(-1)?.edge);
  }

  async #absorb(active: readonly Live[]): Promise<void> {
    let left: Float32Array | undefined;
    for (const block of active) {
      const fence = { ...this.#fence(block.number), round: this.#rounds };
      const order = { kind: 'absorb', fence, ...(left && { left }) } as const;
      const { right, passing, weightedUpdateSum } = await this.#ask('absorbed', order);
      left = block.right = right;
      const before = this.#frontier;
      this.#frontier = advanceFrontier(before, [{ begin: block.begin, end: block.end, passing }]);
      const froze = this.#frontier.some((row, m) => row > (before[m] ?? 0));
      this.#judge(addError(this.#errors, froze ? weightedUpdateSum : 0));
    }
    this.#edge = { row: need(active.at(-1)).end, state: need(left) };
  }

  async #advance(block: Live): Promise<void> {
    const fence = this.#fence(block.number);
    const told = { frontier: this.#frontier, errors: this.#errors, restarts: this.#restarts };
    const limits = { roundsMax: 1000, previews: true };
    const order = { kind: 'advance', fence, ...told, ...limits, ...this.#news(block) } as const;
    const answer = await this.#ask('advanced', order);
    this.#judge(answer);
    this.#progress.push(answer.progress);
    this.#modelCalls += answer.progress.cost.modelCalls;
    this.#frontier = answer.progress.frontier;
    this.#edge = answer.edge;
    this.#rounds += answer.rounds;
    this.#advances += 1;
  }
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a message came without what the round needs');
  return value;
}
