/** After `npm pack` and `npm publish`: the checkout as it was, but for `dist`. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The checkout's package.json, while the published one is in its place. */
export const checkoutManifest = '.package.json.checkout';
/** CycloneDX: travels inside the package, so that it is found where the package is. */
export const bomFile = 'sbom.cdx.json';

/** Also after a pack that was interrupted: then nobody called this. */
export function restoreCheckout(folder: string): void {
  const kept = join(folder, checkoutManifest);
  if (existsSync(kept)) renameSync(kept, join(folder, 'package.json'));
  rmSync(join(folder, bomFile), { force: true });
}

if (import.meta.main) restoreCheckout(dirname(import.meta.dirname));
