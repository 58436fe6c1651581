/**
 * A map in order of insertion whose copies share what none of them changed: a transition copies
 * the state, a coordinator keeps a thousand jobs that are over, and a round is a few transitions
 * (a plain copy of as many entries took 0.1 ms).
 */

/** Changes that a copy carries along before they become its own base. */
const CHANGES_MAX = 16;

export class SharedMap<V> implements ReadonlyMap<string, V> {
  /** Never changed once two maps share it. */
  #base: ReadonlyMap<string, V>;
  /** Values that replace or follow those of the base. */
  #changes: Map<string, V>;

  constructor(from: ReadonlyMap<string, V> = new Map<string, V>()) {
    const shared = from instanceof SharedMap ? (from as SharedMap<V>) : undefined;
    this.#base = shared ? shared.#base : new Map(from);
    this.#changes = new Map<string, V>(shared ? shared.#changes : []);
    if (this.#changes.size > CHANGES_MAX) this.#merge();
  }

  get(key: string): V | undefined {
    return this.#changes.get(key) ?? this.#base.get(key);
  }

  has(key: string): boolean {
    return this.#changes.has(key) || this.#base.has(key);
  }

  set(key: string, value: V): void {
    this.#changes.set(key, value);
  }

  delete(key: string): void {
    const merged = this.#merge();
    merged.delete(key);
  }

  get size(): number {
    let size = this.#base.size;
    for (const key of this.#changes.keys()) if (!this.#base.has(key)) size++;
    return size;
  }

  *entries(): MapIterator<[string, V]> {
    for (const [key, value] of this.#base) yield [key, this.#changes.get(key) ?? value];
    for (const entry of this.#changes) if (!this.#base.has(entry[0])) yield entry;
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  /** A base of its own, which nobody else holds. */
  #merge(): Map<string, V> {
    const merged = new Map(this.entries());
    this.#base = merged;
    this.#changes = new Map();
    return merged;
  }
}
