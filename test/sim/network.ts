/**
 * Connections as the two ends of a TCP stream see them: in order and whole until it breaks, and
 * then nothing more. A lost or damaged message is a broken connection (the receiver ends it); what
 * makes a message late is latency or a partition, of one direction or both. Replies may come again,
 * much later, as if from an old connection.
 */
import type { Owner, VirtualClock } from './clock.ts';
import type { Random } from './random.ts';

export interface NetworkFaults {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Of a message: the connection breaks instead. */
  readonly loss: number;
  /** Of a reply: it comes again. */
  readonly duplication: number;
}

export type Direction = 'up' | 'down';

export interface Ends {
  readonly coordinator: Owner;
  readonly worker: Owner;
  /** The end that did not break it learns of it, if it lives. */
  readonly onBroken: Readonly<Record<Direction, () => void>>;
}

interface Message {
  readonly readyMs: number;
  readonly deliver: () => void;
  readonly again: (() => void) | undefined;
}

const DUPLICATE_MS_MAX = 8_000;
const RESET_MS_MAX = 50;

export class Connection {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #faults: () => NetworkFaults;
  readonly #ends: Ends;
  readonly #queues: Record<Direction, Message[]> = { up: [], down: [] };
  readonly #stalledUntil: Record<Direction, number> = { up: 0, down: 0 };
  #open = true;

  constructor(clock: VirtualClock, random: Random, faults: () => NetworkFaults, ends: Ends) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
    this.#ends = ends;
  }

  get open(): boolean {
    return this.#open;
  }

  send(direction: Direction, deliver: () => void, again?: () => void): void {
    if (!this.#open) return;
    const { latencyMs, jitterMs, loss, duplication } = this.#faults();
    if (this.#random.chance(loss)) {
      this.break();
      return;
    }
    const readyMs = this.#clock.nowMs + latencyMs + this.#random.next() * jitterMs;
    const repeated = this.#random.chance(duplication) ? again : undefined;
    this.#queues[direction].push({ readyMs, deliver, again: repeated });
    this.#pumpAt(direction, readyMs);
  }

  /** What is on its way waits; nothing overtakes. */
  stall(direction: Direction, ms: number): void {
    const until = this.#clock.nowMs + ms;
    this.#stalledUntil[direction] = Math.max(this.#stalledUntil[direction], until);
  }

  #pumpAt(direction: Direction, atMs: number): void {
    const { coordinator, worker } = this.#ends;
    const to = direction === 'up' ? coordinator : worker;
    this.#clock.at(atMs, to, () => this.#pump(direction, to));
  }

  #pump(direction: Direction, to: Owner): void {
    const queue = this.#queues[direction];
    for (let next = queue[0]; next && this.#open; next = queue[0]) {
      const atMs = Math.max(next.readyMs, this.#stalledUntil[direction]);
      if (atMs > this.#clock.nowMs) return this.#pumpAt(direction, atMs);
      queue.shift();
      next.deliver();
      const late = this.#random.next() * DUPLICATE_MS_MAX;
      if (next.again) this.#clock.after(late, to, next.again);
    }
  }

  /** Both ends learn of it a little later, or when a partition is over: half open until then. */
  break(): void {
    if (!this.#open) return;
    this.#open = false;
    const { coordinator, worker, onBroken } = this.#ends;
    this.#clock.at(this.#resetMs('up'), coordinator, onBroken.up);
    this.#clock.at(this.#resetMs('down'), worker, onBroken.down);
  }

  #resetMs(direction: Direction): number {
    const soonMs = this.#clock.nowMs + this.#random.next() * RESET_MS_MAX;
    return Math.max(soonMs, this.#stalledUntil[direction]);
  }

  /** What is said in this direction is on its way since then, or not at all. */
  stalledUntil(direction: Direction): number {
    return this.#stalledUntil[direction];
  }
}
