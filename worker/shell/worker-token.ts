/** What a worker shows on a port without TLS. */
import { hostOf, isLoopback } from '../../shared/protocol/access/addresses.ts';
import { localAccess, readToken } from '../../shared/protocol/access/local-access.ts';

/**
 * The token, looked for at every dial, since a coordinator that comes back may have another one;
 * undefined where there is none, or where others could read it on its way.
 */
export function workerToken(coordinator: string, file?: string): () => string | undefined {
  const stays = isLoopback(hostOf(coordinator));
  return () => {
    const path = file ?? localAccess(coordinator)?.tokenFile;
    return path === undefined || !stays ? undefined : readToken(path);
  };
}
