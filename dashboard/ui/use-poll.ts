/** A reply that is asked for again and again while the page is looked at. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { answered, troubleOf } from './connection.ts';

export interface Polled<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
  /** Asks at once. */
  readonly refresh: () => void;
}

/** `key` names what is asked for: with another one it begins anew. `everyMs` 0 asks once. */
export function usePoll<T>(key: string, load: () => Promise<T>, everyMs: number): Polled<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: string | undefined }>({
    key,
  });
  const latest = useRef(load);
  latest.current = load;
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const ask = async (): Promise<void> => {
      let failed = false;
      try {
        const value = await latest.current();
        answered();
        if (!gone) setState({ key, value });
      } catch (error) {
        failed = true;
        const trouble = troubleOf(error);
        if (!gone)
          setState((before) => ({ ...(before.key === key ? before : { key }), error: trouble }));
      }
      const wait = everyMs || (failed ? 2_000 : 0);
      if (!gone && wait > 0) timer = setTimeout(() => void askIfSeen(), wait);
    };
    const askIfSeen = async (): Promise<void> => {
      if (document.visibilityState === 'visible') return ask();
      const onSeen = (): void => void ask();
      document.addEventListener('visibilitychange', onSeen, { once: true });
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [key, everyMs, turn]);
  const refresh = useCallback(() => setTurn((before) => before + 1), []);
  const mine = state.key === key;
  return { value: mine ? state.value : undefined, error: mine ? state.error : undefined, refresh };
}
