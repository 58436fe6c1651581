/** Who looks at the page, and what they may do. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Caller } from '../api/replies.ts';

export const CallerContext = createContext<Caller>({ name: '', tenant: '', scopes: [] });

/** Whether the caller has a scope; admin has all of them, as on the server. */
export function useMay(scope: 'submit' | 'admin'): boolean {
  const { scopes } = useContext(CallerContext);
  return scopes.includes(scope) || scopes.includes('admin');
}
