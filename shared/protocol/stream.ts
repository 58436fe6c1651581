import type { Writable } from 'node:stream';

/** What tells that a gRPC stream takes nothing any more; not every kind of stream emits all. */
const endings = ['close', 'error', 'status', 'cancelled', 'finish'] as const;

/**
 * Writes whole sequences to a stream, one after the other, and waits for `drain` wherever the
 * stream asks for it: a message and the parts of its latents are never torn apart by another one.
 */
export class OrderedWriter<M> {
  readonly #stream: Writable;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #open = true;
  #wake: (() => void) | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    for (const ending of endings) stream.on(ending, () => this.#close());
    stream.on('drain', () => this.#wake?.());
  }

  /** Sequences that were given and not yet handed to the stream. */
  get waiting(): number {
    return this.#waiting;
  }

  /** True once the stream has them all; false if it ended before. Never rejects. */
  write(messages: readonly M[]): Promise<boolean> {
    this.#waiting += 1;
    const written = this.#tail.then(() => this.#writeAll(messages));
    this.#tail = written;
    return written;
  }

  async #writeAll(messages: readonly M[]): Promise<boolean> {
    for (const message of messages) {
      if (!this.#canWrite()) break;
      if (!this.#stream.write(message)) await this.#drained();
    }
    this.#waiting -= 1;
    return this.#canWrite();
  }

  #canWrite(): boolean {
    return this.#open && this.#stream.writable;
  }

  #drained(): Promise<void> {
    if (!this.#canWrite() || !this.#stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #close(): void {
    this.#open = false;
    this.#wake?.();
  }
}
