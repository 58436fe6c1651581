import type { FromBlock, WorkCost } from '../../shared/kernel/block-messages.ts';

/** What the work behind a message cost; undefined where there was none. */
export function costOf(message: FromBlock): WorkCost | undefined {
  if (message.kind === 'blockFailed' || message.kind === 'rows') return undefined;
  return 'progress' in message ? message.progress.cost : message.cost;
}
