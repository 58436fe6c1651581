/** Light or dark: what the system says, unless the switch was used. */
import { useEffect, useState } from 'preact/hooks';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'isochron-theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];
const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function stored(): Theme {
  const found = localStorage.getItem(KEY);
  return order.find((theme) => theme === found) ?? 'system';
}

export function applyTheme(): void {
  const theme = stored();
  const isDark = theme === 'dark' || (theme === 'system' && dark.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

dark.addEventListener('change', applyTheme);

/** The choice, and what makes the next one. */
export function useTheme(): [theme: Theme, next: () => void] {
  const [theme, setTheme] = useState(stored);
  const next = (): void => {
    const following = order[(order.indexOf(theme) + 1) % order.length] ?? 'system';
    localStorage.setItem(KEY, following);
    setTheme(following);
    applyTheme();
  };
  return [theme, next];
}

/** Changes when what canvases are drawn with has changed. */
export function usePaint(): string {
  const [paint, setPaint] = useState(document.documentElement.dataset['theme'] ?? 'light');
  useEffect(() => {
    const listener = (): void => setPaint(document.documentElement.dataset['theme'] ?? 'light');
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return paint;
}

/** A colour of the style sheet, such as `--ink`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function calmMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
