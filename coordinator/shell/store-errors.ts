/** What the disk says, sorted by what is to be done about it. */
import { StoreError, type StoreFailure } from './job-store.ts';

/** Primary result codes of SQLite. */
const sqlite: Readonly<Record<number, StoreFailure>> = { 13: 'full', 11: 'damaged', 26: 'damaged' };
const posix: Readonly<Record<string, StoreFailure>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  SQLITE_FULL: 'full',
  SQLITE_CORRUPT: 'damaged',
};

/**
 * Whatever is neither a full disk nor damage has failed, and nobody knows what is on disk now: a
 * failed fsync may have dropped the very pages that a second one would call written.
 */
export function storeErrorOf(doing: string, thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const {
    code,
    errcode,
    message = String(thrown),
  } = (thrown ?? {}) as {
    code?: string;
    errcode?: number;
    message?: string;
  };
  const known = errcode === undefined ? posix[code ?? ''] : sqlite[errcode & 0xff];
  return new StoreError(known ?? 'failed', `${doing}: ${message}`, { cause: thrown });
}
