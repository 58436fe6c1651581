/** Whoever works with the content of files follows them, also while nobody asks for it. */
import type { RereadFile } from '../../../shared/protocol/access/reread-file.ts';

/** Between two looks at the files. */
export const LOOK_MS = 1_000;

/** Calls `update` whenever the files have changed, and can be read; returns what ends that. */
export function followFile<Content>(
  file: RereadFile<Content>,
  update: (content: Content) => void,
): () => void {
  let used = file.get();
  const timer = setInterval(() => {
    const found = file.get();
    if (found === used) return;
    used = found;
    update(found);
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
