/**
 * The caller's token: it comes in the fragment of the address, which browsers never send, leaves
 * the address bar at once, and is kept for this tab only.
 */
import { tokenOf } from '../data/routes.ts';

const KEY = 'isochron-token';

/** Keeps the token that the address bar has, and cleans the address bar. */
export function takeToken(): void {
  const token = tokenOf(location.hash);
  if (token === undefined) return;
  keepToken(token);
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function currentToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}
