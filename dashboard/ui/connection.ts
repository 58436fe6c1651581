/** Whether the coordinator answers, for every page at once. */
import { useEffect, useState } from 'preact/hooks';
import { CallError } from '../api/http.ts';

export type Connection = 'ok' | 'lost' | 'unauthenticated';

let current: Connection = 'ok';
const listeners = new Set<(state: Connection) => void>();

function set(next: Connection): void {
  if (next === current) return;
  current = next;
  for (const listener of listeners) listener(next);
}

/** A call has been answered. */
export function answered(): void {
  set('ok');
}

/** What to show for an error, unless it is the connection itself: every page shows that. */
export function troubleOf(error: unknown): string | undefined {
  if (error instanceof CallError) {
    if (error.code === 'UNAUTHENTICATED') set('unauthenticated');
    else if (error.code === 'UNREACHABLE') set('lost');
    else {
      answered();
      return error.message;
    }
    return undefined;
  }
  return error instanceof Error ? error.message : String(error);
}

export function useConnection(): Connection {
  const [state, setState] = useState(current);
  useEffect(() => {
    listeners.add(setState);
    setState(current);
    return () => void listeners.delete(setState);
  }, []);
  return state;
}
