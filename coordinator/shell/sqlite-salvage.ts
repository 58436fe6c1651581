/** Rows out of tables that are partly unreadable: whatever a damaged page leaves reachable. */
import type { DatabaseSync } from 'node:sqlite';

export type SalvagedRow = Readonly<Record<string, string | number | bigint | Uint8Array | null>>;

/** Beyond the last row that was read, where nobody knows how far the table goes. */
const BLIND_PROBES = 10_000;

/**
 * From the first row up to where reading fails, from the last one down likewise, and what lies
 * between row by row: a damaged leaf costs its own rows, a damaged branch those below it.
 * @param onRow gets every row once, with its `rowid`
 * @returns rowids at which reading failed: there may have been rows
 */
export function salvageTable(
  db: DatabaseSync,
  table: string,
  onRow: (row: SalvagedRow) => void,
): number {
  const all = `SELECT rowid AS rowid, * FROM ${table} ORDER BY rowid`;
  const first = scan(db, all, onRow);
  if (first.whole) return 0;
  // it fails at the same page, from the other side
  const last = scan(db, `${all} DESC`, onRow);
  const begin = (first.last ?? 0) + 1;
  const end = last.last ?? begin + BLIND_PROBES;
  let failed = 0;
  for (let id = begin; id < end; id++) {
    if (!probe(db, table, id, onRow)) failed++;
  }
  return failed;
}

interface Scanned {
  /** Rowid of the last row that was read. */
  readonly last: number | undefined;
  /** Reading did not fail. */
  readonly whole: boolean;
}

function scan(db: DatabaseSync, sql: string, onRow: (row: SalvagedRow) => void): Scanned {
  let last: number | undefined;
  try {
    for (const row of db.prepare(sql).iterate()) {
      last = Number(row['rowid']);
      onRow(row);
    }
    return { last, whole: true };
  } catch {
    return { last, whole: false };
  }
}

/** False where reading failed; a row that is not there is no failure. */
function probe(
  db: DatabaseSync,
  table: string,
  id: number,
  onRow: (row: SalvagedRow) => void,
): boolean {
  try {
    const row = db.prepare(`SELECT rowid AS rowid, * FROM ${table} WHERE rowid = ?`).get(id);
    if (row) onRow(row);
    return true;
  } catch {
    return false;
  }
}
