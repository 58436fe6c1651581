/**
 * As little of a coordinator as a job needs: `drive.ts` with messages in between. It has no opinion
 * on failures; whatever is not the expected answer rejects.
 */
import type {
  FromBlock,
  JobSpec,
  ProgressReport,
  ToWorker,
} from '../../../shared/kernel/block-messages.ts';
import {
  advanceFrontier,
  composeBoundary,
  composeMoments,
  composeWeights,
  windowEndOf,
} from '../../../shared/numerics/compose.ts';
import type { DriveProblem } from '../../../shared/numerics/drive.ts';
import type { Block } from '../../../shared/numerics/partition.ts';
import type { Edge } from '../../../shared/numerics/solver/block-solver.ts';
import { rollOutBoundary } from '../../../shared/numerics/solver/roll-out.ts';

type Answer<K extends FromBlock['kind']> = Extract<FromBlock, { kind: K }>;
type Order = Exclude<ToWorker, { kind: 'openJob' | 'closeJob' }>;

/** Where block number `block` is sent to. */
export type Deliver = (message: ToWorker, block: number) => void;

export interface Coordinated {
  readonly samples: Float32Array;
  readonly rounds: number;
  readonly modelCalls: number;
  readonly advances: number;
  readonly progress: readonly ProgressReport[];
}

export function specOf(
  problem: DriveProblem,
  seed: number,
  changes: Partial<JobSpec> = {},
): JobSpec {
  const { table, method, samples, dim, window, tolerance } = problem;
  return {
    job: 'job',
    model: 'mixture6',
    modelSha256: '',
    samples,
    dim,
    seed,
    method: method.name,
    initialization: method.initialization,
    priorStd: method.priorStd,
    memory: method.memory,
    regularization: method.regularization,
    window,
    tolerance,
    guidance: 0,
    guided: false,
    conditions: [],
    prediction: table.prediction,
    timesteps: table.timestep,
    alphaBars: table.alphaBar,
    noiseScales: table.noiseScale,
    ...changes,
  };
}

interface Live extends Block {
  readonly number: number;
  left: Float32Array;
  right: Float32Array | undefined;
}

export class TinyCoordinator {
  readonly #problem: DriveProblem;
  readonly #deliver: Deliver;
  readonly #waiting = new Map<number, PromiseWithResolvers<FromBlock>>();
  readonly #live: Live[] = [];
  readonly #progress: ProgressReport[] = [];
  #frontier: Int32Array;
  #windowEnd: number;
  #edge: Edge;
  #rounds = 0;
  #modelCalls = 0;
  #advances = 0;

  constructor(problem: DriveProblem, deliver: Deliver) {
    const { method, samples, window, table } = problem;
    this.#problem = problem;
    this.#deliver = deliver;
    this.#frontier = new Int32Array(samples);
    this.#edge = { row: 0, state: problem.initial };
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
    }
    const counted = {
      rounds: this.#rounds,
      modelCalls: this.#modelCalls,
      advances: this.#advances,
    };
    return { samples: this.#edge.state, ...counted, progress: this.#progress };
  }

  #fence(block: number) {
    return { job: 'job', block, epoch: 1, attempt: 0, round: this.#rounds + 1 };
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
    const { blocks, method, initial, samples } = this.#problem;
    for (const block of blocks.slice(this.#live.length)) {
      if (block.begin >= this.#windowEnd) return;
      const number = this.#live.length;
      const parareal = method.name === 'parareal';
      const left = parareal
        ? (this.#live.at(-1)?.right ?? initial)
        : rollOutBoundary(this.#problem, this.#edge, block.begin);
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
        const weight = new Float64Array(samples).fill(1);
        ({ right } = await this.#ask('absorbed', {
          kind: 'absorb',
          fence,
          weight,
          rightmost: false,
        }));
      }
      this.#live.push({ ...block, number, left, right });
    }
  }

  async #round(active: readonly Live[]): Promise<void> {
    const { samples } = this.#problem;
    const last = active.at(-1);
    const frontier = this.#frontier;
    const summaries = await Promise.all(
      active.map((block) =>
        this.#ask('swept', {
          kind: 'sweep',
          fence: this.#fence(block.number),
          frontier,
          windowEnd: this.#windowEnd,
          rightmost: block === last,
        }),
      ),
    );
    const weights = composeWeights(summaries, samples);
    let absorbed: Answer<'absorbed'>[] = [];
    let moved: Float32Array | undefined;
    for (const [j, block] of active.entries()) {
      const [summary, weight] = [summaries[j], weights[j]];
      if (!summary || !weight) throw new Error('a block without summary');
      const leftOld = block.left;
      block.left = moved ?? leftOld;
      const answer = await this.#ask('absorbed', {
        kind: 'absorb',
        fence: this.#fence(block.number),
        ...(moved === undefined ? {} : { left: moved }),
        weight,
        rightmost: block === last,
      });
      absorbed.push(answer);
      moved = answer.right;
      const { offset, slope } = summary;
      if (offset && !moved) moved = composeBoundary({ offset, slope }, block.left, leftOld);
      block.right = moved;
    }
    if (absorbed[0]?.moments) absorbed = await this.#correct(active, absorbed);
    this.#settle(active, absorbed);
  }

  #correct(active: readonly Live[], absorbed: readonly Answer<'absorbed'>[]) {
    const totals = absorbed.map(({ moments }) => moments ?? new Float64Array(0));
    const prefixes = composeMoments(totals);
    return Promise.all(
      active.map((block, j) =>
        this.#ask('absorbed', {
          kind: 'correct',
          fence: this.#fence(block.number),
          prefix: prefixes[j] ?? new Float64Array(0),
          rightmost: block === active.at(-1),
        }),
      ),
    );
  }

  #settle(active: readonly Live[], absorbed: readonly Answer<'absorbed'>[]): void {
    const passing = active.map(({ begin, end }, j) => ({
      begin,
      end,
      passing: absorbed[j]?.passing ?? new Int32Array(0),
    }));
    this.#frontier = advanceFrontier(this.#frontier, passing);
    const edge = absorbed.at(-1)?.edge;
    if (!edge) throw new Error('the rightmost block sent no edge');
    this.#edge = edge;
    this.#rounds += 1;
  }

  async #advance({ number }: Live): Promise<void> {
    const fence = this.#fence(number);
    const frontier = this.#frontier;
    const order = { kind: 'advance', fence, frontier, roundsMax: 1000, previews: true } as const;
    const answer = await this.#ask('advanced', order);
    this.#progress.push(answer.progress);
    this.#modelCalls += answer.progress.cost.modelCalls;
    this.#frontier = answer.progress.frontier;
    this.#edge = answer.edge;
    this.#rounds += answer.rounds;
    this.#advances += 1;
  }
}
