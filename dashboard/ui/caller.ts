/** Who looks at the page, and what they may do. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Caller } from '../api/replies.ts';

export const CallerContext = createContext<Caller>({ name: '', tenant: '', scopes: [] });

export function useCaller(): Caller {
  return useContext(CallerContext);
}
