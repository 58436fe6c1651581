/** Virtual time: events in a heap, run one after the other, with all that they bring about. */
import { setImmediate as turn } from 'node:timers/promises';

/** Whose event it is: one of a process that is dead never runs, of a paused one later. */
export interface Owner {
  readonly alive: boolean;
  /** Milliseconds. */
  readonly pausedUntil: number;
}

interface Scheduled {
  readonly atMs: number;
  /** Breaks ties in the order of scheduling. */
  readonly order: number;
  readonly owner: Owner;
  readonly run: () => void;
}

export class VirtualClock {
  #nowMs = 0;
  #order = 0;
  readonly #heap: Scheduled[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that were run. */
  events = 0;

  at(atMs: number, owner: Owner, run: () => void): void {
    this.#push({ atMs: Math.max(atMs, this.#nowMs), order: this.#order++, owner, run });
  }

  after(ms: number, owner: Owner, run: () => void): void {
    this.at(this.#nowMs + ms, owner, run);
  }

  /** Never resolves if the owner dies before. */
  sleep(ms: number, owner: Owner): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, owner, resolve);
    });
  }

  /** Runs the next event and every promise that it settles; false where there is none. */
  async step(): Promise<boolean> {
    const next = this.#pop();
    if (!next) return false;
    const { owner, atMs } = next;
    this.#nowMs = Math.max(this.#nowMs, atMs);
    if (!owner.alive) return true;
    if (owner.pausedUntil > this.#nowMs) {
      this.#push({ ...next, atMs: owner.pausedUntil });
      return true;
    }
    this.events++;
    next.run();
    await turn();
    return true;
  }

  #push(event: Scheduled): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(event, heap[above])) break;
      this.#swap(at, above);
      at = above;
    }
  }

  #pop(): Scheduled | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === last || !last) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = isBefore(heap[left], heap[at]) ? left : at;
      if (isBefore(heap[right], heap[least])) least = right;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one && other) [this.#heap[a], this.#heap[b]] = [other, one];
  }
}

function isBefore(a: Scheduled | undefined, b: Scheduled | undefined): boolean {
  if (!a || !b) return a !== undefined;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
