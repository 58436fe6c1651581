/**
 * A map in order of insertion whose copies cost nothing: a transition copies the state, and a
 * coordinator keeps thousands of jobs. The newest copy has the entries; an older one has what the
 * next one changed (Baker, "Shallow binding makes functional arrays fast", 1991), so it still
 * reads as it was, a little slower.
 *
 *   older: { changed back: a, next } -> newest: { entries }
 *
 * In an older copy an entry that was deleted since may come last.
 */
import { assert } from '../../shared/kernel/assert.ts';

export class SharedMap<V> implements ReadonlyMap<string, V> {
  /** Of the newest copy only. */
  #entries: Map<string, V> | undefined;
  #next: SharedMap<V> | undefined;
  /** What to change in `next` to have this one; undefined for what it has too much. */
  #back: Map<string, V | undefined> | undefined;
  /** `back` of the map that this one was made from, as long as this one may change. */
  #before: Map<string, V | undefined> | undefined;

  constructor(from: ReadonlyMap<string, V> = new Map<string, V>()) {
    const newest = from instanceof SharedMap && (from as SharedMap<V>).#entries;
    if (!newest) {
      this.#entries = new Map(from);
      return;
    }
    const shared = from as SharedMap<V>;
    this.#entries = newest;
    shared.#entries = undefined;
    shared.#next = this;
    shared.#back = new Map();
    shared.#before = undefined;
    this.#before = shared.#back;
  }

  get(key: string): V | undefined {
    if (this.#entries) return this.#entries.get(key);
    for (const map of this.#newer()) {
      if (map.#entries) return map.#entries.get(key);
      const back = map.#back;
      if (back?.has(key)) return back.get(key);
    }
    return undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: V): void {
    const entries = this.#own();
    this.#remember(key, entries.get(key));
    entries.set(key, value);
  }

  delete(key: string): void {
    const entries = this.#own();
    this.#remember(key, entries.get(key));
    entries.delete(key);
  }

  get size(): number {
    return this.#read().size;
  }

  entries(): MapIterator<[string, V]> {
    return this.#read().entries();
  }

  keys(): MapIterator<string> {
    return this.#read().keys();
  }

  values(): MapIterator<V> {
    return this.#read().values();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  /** The entries for changing. */
  #own(): Map<string, V> {
    assert(this.#entries, 'a map that was copied is not changed any more');
    return this.#entries;
  }

  /** Entries that nobody may change. */
  #read(): Map<string, V> {
    if (this.#entries) return this.#entries;
    const chain = [...this.#newer()];
    const newest = chain.pop();
    const known = new Map(newest ? newest.#entries : []);
    for (const map of chain.reverse()) {
      for (const [key, value] of map.#back ?? []) {
        if (value === undefined) known.delete(key);
        else known.set(key, value);
      }
    }
    return known;
  }

  /** This one, and the copies up to the newest. */
  *#newer(): Generator<SharedMap<V>> {
    yield this;
    for (let map = this.#next; map; map = map.#next) yield map;
  }

  #remember(key: string, value: V | undefined): void {
    const before = this.#before;
    if (before?.has(key) === false) before.set(key, value);
  }
}
