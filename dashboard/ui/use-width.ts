/** How wide an element is, in CSS pixels. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const found = element.current;
    if (!found) return;
    const measure = (): void => setWidth(Math.floor(found.getBoundingClientRect().width));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(found);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
