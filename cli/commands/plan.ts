import type { Command } from 'commander';

import type { Client } from '../client.ts';
import type { JobPlan, PlannedSetting } from '../client/types.ts';
import { exitCode } from '../exit-codes.ts';
import { resolveInputs } from '../inputs.ts';
import { modelName } from '../model-name.ts';
import { formatBytes, formatCount, formatDuration, formatSi } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Cell, Column } from '../output/table.ts';
import { withClient } from './command.ts';
import type { Context } from './command.ts';
import { findModel, imageOf, requestOf } from './submit.ts';
import { addSubmitOptions } from './submit-options.ts';
import type { SubmitOptions } from './submit-options.ts';

/** A table of hundreds helps nobody; `--json` has them all. */
const ROWS_SHOWN = 15;

const columns: readonly Column[] = [
  { title: '' },
  { title: 'method' },
  { title: 'window' },
  { title: 'blocks' },
  { title: 'groups' },
  { title: 'workers' },
  { title: 'rounds' },
  { title: 'model calls', align: 'right' },
  { title: 'a round', align: 'right' },
  { title: 'moved', align: 'right' },
  { title: 'predicted', align: 'right' },
  { title: 'speedup', align: 'right' },
];

export function registerPlan(program: Command, context: Context): void {
  const command = program
    .command('plan')
    .description('what a submit line would run, and what else was thought of; nothing runs');
  addSubmitOptions(command).action(async (options: SubmitOptions) => {
    await withClient(context, options, (client) => printPlan(context, client, options));
  });
}

async function printPlan(
  { terminal, exit }: Context,
  client: Client,
  options: SubmitOptions,
): Promise<void> {
  const named = { ...options, model: await modelName(client, options.model) };
  const model = await findModel(client, named);
  const inputs = await resolveInputs(options.input, model?.conditions);
  const plan = await client.plan({ ...requestOf(named, inputs), ...(await imageOf(options)) });
  const machine = options.json || !terminal.interactive;
  terminal.out(machine ? `${JSON.stringify(plan)}\n` : text(plan));
  exit(exitCode.done);
}

function text({ plan, settings }: JobPlan): string {
  const { method, window, workers, predictedMs, reason } = plan;
  const shown = settings.filter(({ chosen, method: name }, k) => {
    return k < ROWS_SHOWN || chosen || name === 'sequential';
  });
  const left = settings.length - shown.length;
  const more = left > 0 ? `${left} slower ones are not shown, --json has them\n` : '';
  const wall = predictedMs === null ? 'unknown' : formatDuration(predictedMs);
  const what = `${method}, window ${window}, ${formatCount(workers, 'worker')}`;
  const table = settings.length > 0 ? `${renderTable(columns, shown.map(row))}\n` : '';
  return `${table}${more}chosen: ${what}, predicted ${wall}: ${reason}\n`;
}

function row(setting: PlannedSetting): readonly Cell[] {
  const { chosen, method, window, blocks, groups, workers, rounds } = setting;
  const { modelCalls, roundMs, bytes, predictedMs, speedup } = setting;
  return [
    chosen ? '>' : '',
    method,
    window,
    blocks,
    groups,
    workers,
    Number(rounds.toFixed(1)),
    formatSi(Math.round(modelCalls)),
    formatDuration(roundMs),
    formatBytes(Math.round(bytes)),
    formatDuration(predictedMs),
    `${speedup.toFixed(2)}x`,
  ];
}
