/** A port by TLS follows the files of its certificate. */
import type { SecureContextOptions } from 'node:tls';
import type { TlsMaterial } from '../../../shared/protocol/access/tls-files.ts';

/** Between two looks at the files. */
const LOOK_MS = 1_000;

/** Calls `update` whenever the files have changed, and can be read; returns what ends that. */
export function followMaterial(
  material: TlsMaterial,
  update: (options: SecureContextOptions) => void,
): () => void {
  let used = material.get();
  const timer = setInterval(() => {
    const found = material.get();
    if (found !== used) update(found);
    used = found;
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
