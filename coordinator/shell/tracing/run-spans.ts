/**
 * Spans of a job's rounds: run > round > block's order > model. Of a long job only some rounds are
 * recorded: the first 16, then 16 of every second one, 16 of every fourth ...
 *
 * A worker knows no spans. What it says of its model's time is put before its reply's arrival, on
 * the coordinator's clock: the length is the worker's, the place is not.
 */
import type { Fence, FromBlock, ToBlock, WorkCost } from '../../../shared/kernel/block-messages.ts';
import { costOf } from '../block-cost.ts';
import { describe, type Failed, type JobSpans, type OpenSpan, type SpanTimes } from './spans.ts';

const ROUNDS_PER_STRIDE = 16;

/** Orders that are answered by one reply. */
const answers: Partial<Record<ToBlock['kind'], readonly FromBlock['kind'][]>> = {
  sweep: ['swept'],
  absorb: ['absorbed', 'moments'],
  correct: ['corrected'],
};

interface Order {
  readonly kind: ToBlock['kind'];
  readonly worker: string;
  readonly fence: Fence;
  readonly startMs: number;
}

interface Round {
  readonly open: OpenSpan;
  orders: Order[];
}

const lost: Failed = { code: 'WORKER_LOST', message: 'its worker left before it answered' };

export class RunSpans {
  readonly open: OpenSpan;
  readonly #spans: JobSpans;
  readonly #rounds = new Map<number, Round>();
  #newest = -1;
  #seen = 0;
  #recorded = 0;
  #next = 0;
  #stride = 1;
  /** End of the last report of a worker that runs its rounds alone, and who that is. */
  #alone: Order | undefined;

  constructor(spans: JobSpans, open: OpenSpan) {
    this.#spans = spans;
    this.open = open;
  }

  ordered(worker: string, { kind, fence }: ToBlock, startMs: number): void {
    const order = { kind, worker, fence, startMs };
    if (kind === 'advance') this.#alone = order;
    if (!answers[kind]) return;
    if (fence.round > this.#newest) this.#begin(fence.round, startMs);
    this.#rounds.get(fence.round)?.orders.push(order);
  }

  replied(worker: string, message: FromBlock, { atMs, stale }: { atMs: number; stale: boolean }) {
    const { kind, fence } = message;
    const failed = kind === 'blockFailed' ? message : undefined;
    if (kind === 'progress' || kind === 'advanced') return this.#reported(message, atMs);
    for (const round of this.#rounds.values()) {
      const found = round.orders.find(
        (order) =>
          order.worker === worker &&
          order.fence.block === fence.block &&
          order.fence.attempt === fence.attempt &&
          (failed !== undefined || answers[order.kind]?.includes(kind) === true),
      );
      if (!found) continue;
      round.orders = round.orders.filter((order) => order !== found);
      const times = { startMs: found.startMs, endMs: atMs };
      const span = this.#order(round, found, { times, cost: costOf(message), failed });
      if (stale) describe(span, { 'isochron.stale': true });
      break;
    }
    this.#closeOld();
  }

  composed(times: SpanTimes): void {
    if (this.#seen === 0) return;
    // rounds that are left out leave their compositions out
    const round = this.#rounds.get(this.#newest);
    if (!round) return;
    const span = this.#spans.add('isochron.compose', round.open, times);
    if (span) this.#spans.end(span, times.endMs);
  }

  lost(worker: string, atMs: number): void {
    for (const round of this.#rounds.values()) {
      const gone = round.orders.filter((order) => order.worker === worker);
      round.orders = round.orders.filter((order) => order.worker !== worker);
      for (const order of gone) this.#unanswered(round, order, atMs);
    }
    this.#closeOld();
  }

  end(atMs: number, failed?: Failed): void {
    for (const round of this.#rounds.values()) {
      for (const order of round.orders) this.#unanswered(round, order, atMs);
      this.#close(round);
    }
    this.#rounds.clear();
    describe(this.open, {
      'isochron.rounds.seen': this.#seen,
      'isochron.rounds.recorded': this.#recorded,
    });
    this.#spans.end(this.open, atMs, failed);
  }

  /** True where the round is to have spans. */
  #sampled(): boolean {
    const seen = this.#seen++;
    if (seen < this.#next) return false;
    this.#recorded++;
    if (this.#recorded % ROUNDS_PER_STRIDE === 0) this.#stride *= 2;
    this.#next = seen + this.#stride;
    return true;
  }

  #begin(round: number, startMs: number): void {
    this.#newest = round;
    this.#closeOld();
    if (!this.#sampled()) return;
    const open = this.#spans.begin('isochron.round', this.open, startMs);
    describe(open, { 'isochron.round': round });
    if (open) this.#rounds.set(round, { open, orders: [] });
  }

  #closeOld(): void {
    for (const [number, round] of this.#rounds) {
      if (number === this.#newest || round.orders.length > 0) continue;
      this.#close(round);
      this.#rounds.delete(number);
    }
  }

  #close({ open }: Round): void {
    this.#spans.end(open, open.lastMs);
    this.open.lastMs = Math.max(this.open.lastMs, open.lastMs);
  }

  #order(round: Pick<Round, 'open'>, { kind, worker, fence }: Order, outcome: Outcome) {
    const { times, cost, failed } = outcome;
    const span = this.#spans.add(`isochron.${kind}`, round.open, times);
    describe(span, {
      'isochron.worker': worker,
      'isochron.block': fence.block,
      'isochron.round': fence.round,
      'isochron.attempt': fence.attempt,
    });
    if (span && cost) this.#model(span, cost, times);
    if (span) this.#spans.end(span, times.endMs, failed);
    return span;
  }

  #unanswered(round: Round, order: Order, endMs: number): void {
    this.#order(round, order, { times: { startMs: order.startMs, endMs }, failed: lost });
  }

  /** Rounds of a worker that runs them alone come several at a time. */
  #reported(message: Extract<FromBlock, { kind: 'progress' | 'advanced' }>, atMs: number): void {
    const order = this.#alone;
    if (!order) return;
    this.#alone = { ...order, startMs: atMs };
    if (!this.#sampled()) return;
    const { cost, rounds } = message.progress;
    const times = { startMs: order.startMs, endMs: atMs };
    const span = this.#order({ open: this.open }, order, { times, cost });
    describe(span, { 'isochron.rounds': rounds.length });
  }

  #model(above: OpenSpan, cost: WorkCost, { startMs, endMs }: SpanTimes): void {
    const modelMs = Math.min(Math.max(0, cost.modelMs), endMs - startMs);
    if (modelMs === 0) return;
    const restMs = endMs - startMs - modelMs;
    const modelEndMs = endMs - Math.min(Math.max(0, cost.scanMs), restMs);
    const times = { startMs: Math.max(startMs, modelEndMs - modelMs), endMs: modelEndMs };
    const span = this.#spans.add('isochron.model', above, times);
    describe(span, {
      'isochron.model.calls': cost.modelCalls,
      'isochron.model.forward_passes': cost.forwardPasses,
      'isochron.model.batches': cost.microBatches,
      'isochron.model.ms': cost.modelMs,
      'isochron.model.queue_ms': cost.queueMs,
    });
    if (span) this.#spans.end(span, modelEndMs);
  }
}

interface Outcome {
  readonly times: SpanTimes;
  readonly cost?: WorkCost | undefined;
  readonly failed?: Failed | undefined;
}
