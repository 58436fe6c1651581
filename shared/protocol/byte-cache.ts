/** What was used last stays, up to so many bytes. */
export interface ByteCache<V> {
  /** Counts as use. */
  get(key: string): V | undefined;
  /** What is larger than the whole cache is not kept. */
  set(key: string, value: V, bytes: number): void;
  delete(key: string): void;
  readonly bytes: number;
}

export function byteCache<V>(bytesMax: number): ByteCache<V> {
  /** The least recently used first. */
  const entries = new Map<string, { readonly value: V; readonly bytes: number }>();
  let held = 0;
  const remove = (key: string): void => {
    held -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get bytes() {
      return held;
    },
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      if (bytes > bytesMax) return;
      entries.set(key, { value, bytes });
      held += bytes;
      for (const oldest of entries.keys()) {
        if (held <= bytesMax) return;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
