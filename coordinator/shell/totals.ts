/** Jobs that clients submitted to this process, and what became of those of its jobs that ended. */
export interface Totals {
  submitted: number;
  readonly ended: Record<'done' | 'failed' | 'cancelled', number>;
}

export function newTotals(): Totals {
  return { submitted: 0, ended: { done: 0, failed: 0, cancelled: 0 } };
}
