/** An event stream that is opened again when it breaks. */
import { useEffect, useRef } from 'preact/hooks';
import { listen } from '../api/http.ts';
import type { ServerEvent } from '../api/event-stream.ts';
import { answered, troubleOf } from './connection.ts';

const AGAIN_FIRST_MS = 500;
const AGAIN_MOST_MS = 8_000;

interface StreamOptions {
  readonly onEvent: (event: ServerEvent) => void;
  /** The stream begins: what it says first is everything. */
  readonly onOpen?: () => void;
  /** Nothing more will come: the server has said the last word. */
  readonly isOver?: () => boolean;
}

/** Nothing is opened for an empty path. */
export function useStream(path: string, options: StreamOptions): void {
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    if (path === '') return;
    const left = new AbortController();
    void keepOpen(path, left.signal, () => latest.current);
    return () => left.abort();
  }, [path]);
}

async function keepOpen(path: string, signal: AbortSignal, options: () => StreamOptions) {
  let waitMs = AGAIN_FIRST_MS;
  while (!signal.aborted) {
    try {
      options().onOpen?.();
      await listen(path, signal, (event) => {
        waitMs = AGAIN_FIRST_MS;
        answered();
        options().onEvent(event);
      });
      if (options().isOver?.()) return;
    } catch (error) {
      if (signal.aborted) return;
      // the server refused it and will again: the page's other calls say why
      if (troubleOf(error) !== undefined) waitMs = AGAIN_MOST_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(AGAIN_MOST_MS, 2 * waitMs);
  }
}

/** The data of an event; undefined where it is not JSON. */
export function dataOf({ data }: ServerEvent): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}
