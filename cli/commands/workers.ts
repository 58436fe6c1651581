import type { Command } from 'commander';

import { addCoordinatorOptions, jsonOption } from '../arguments.ts';
import type { WorkerInfo } from '../client.ts';
import { formatDuration, formatSi } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Cell, Column } from '../output/table.ts';
import { printList, withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

const INSECURE =
  'isochron: this coordinator lets in whoever reaches its ports (--insecure-bind-anything)';

const columns: readonly Column[] = [
  { title: 'worker' },
  { title: 'name' },
  { title: 'state' },
  { title: 'backend' },
  { title: 'blocks' },
  { title: 'calls', align: 'right' },
  { title: 'models (ms per call of 1)' },
  { title: 'progress', align: 'right' },
  { title: 'last error' },
];

export function registerWorkers(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('workers')
      .description('the registered workers')
      .addOption(jsonOption().default(false)),
  ).action(async (options: CoordinatorOptions & { readonly json: boolean }) => {
    await withClient(context, options, async (client) => {
      const { workers, staleReplies, insecure } = await client.fleet();
      if (insecure) context.terminal.err(`${INSECURE}\n`);
      printList(context, options.json, workers, () =>
        workers.length === 0
          ? 'no workers; start one with `isochron worker`'
          : renderTable(columns, workers.map(row)) + stale(staleReplies),
      );
    });
  });
}

function stale(replies: number): string {
  return replies === 0 ? '' : `\n${replies} replies came too late or twice, and were dropped`;
}

function row(worker: WorkerInfo): readonly Cell[] {
  const models = worker.models.map(({ name, latencyCurve }) => {
    const ms = latencyCurve[0]?.ms;
    return ms === undefined ? name : `${name} (${formatDuration(ms)})`;
  });
  return [
    worker.id,
    worker.name,
    worker.state,
    worker.emulated ? `${worker.backend} (emulated)` : worker.backend,
    worker.blocks,
    formatSi(worker.modelCalls),
    models.join(', '),
    `${formatDuration(worker.progressAgeMs)} ago`,
    worker.lastError === '' ? null : worker.lastError,
  ];
}
