/**
 * What a reply has, by an example: a field that is absent or of another type is the example's.
 * Replies leave out what is empty, and a page must not break on a server that is newer than it.
 */
export function readAs<T extends object>(example: T, found: unknown): T {
  if (!isRecord(found)) return example;
  const entries = Object.entries(example).map(([name, other]: [string, unknown]) => {
    const value = found[name];
    return [name, value !== null && sameKind(value, other) ? value : other];
  });
  return Object.fromEntries(entries) as T;
}

/** The elements of a list, each by the example; none where there is no list. */
export function readList<T extends object>(example: T, found: unknown): T[] {
  return Array.isArray(found) ? found.map((one) => readAs(example, one)) : [];
}

export function isRecord(found: unknown): found is Record<string, unknown> {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

function sameKind(value: unknown, example: unknown): boolean {
  if (example === undefined || example === null) return true;
  return typeof value === typeof example && Array.isArray(value) === Array.isArray(example);
}
