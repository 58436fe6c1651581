/** A broken invariant of our own code. Operating errors are values or `SamplerError`s instead. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Assertions stay on in production: a wrong trajectory is worse than a stopped process. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Ends every switch on a closed union; the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
