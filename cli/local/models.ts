import { join } from 'node:path';

import { packageRoot } from '../../shared/protocol/package-root.ts';

/** The models that come with the package: what a fresh machine samples from. */
export function bundledModels(): string {
  return join(packageRoot(), 'models');
}
