import type { Command } from 'commander';

import { addCoordinatorOptions, jsonOption } from '../arguments.ts';
import type { AvailableModel } from '../client.ts';
import type { ConditionInfo } from '../client/types.ts';
import { formatDuration } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Cell, Column } from '../output/table.ts';
import { registerModelsInspect } from './models-inspect.ts';
import { printList, withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

const columns: readonly Column[] = [
  { title: 'model' },
  { title: 'workers' },
  { title: 'backend' },
  { title: 'sample' },
  { title: 'predicts' },
  { title: 'schedule' },
  { title: 'conditions' },
  { title: 'guidance' },
  { title: 'batch' },
  { title: 'a call', align: 'right' },
  { title: 'license' },
  { title: 'sha256' },
];

const SHA_DIGITS_SHOWN = 12;

export function registerModels(program: Command, context: Context): void {
  const models = program
    .command('models')
    .description('the models that registered workers can run')
    .addOption(jsonOption().default(false));
  addCoordinatorOptions(models).action(
    async (options: CoordinatorOptions & { readonly json: boolean }) => {
      await withClient(context, options, async (client) => {
        const models = await client.models();
        printList(context, options.json, models, () =>
          models.length === 0
            ? 'no models: no worker is registered'
            : renderTable(columns, models.map(row)),
        );
      });
    },
  );
  registerModelsInspect(models, context);
}

function row(model: AvailableModel): readonly Cell[] {
  const { schedule, latencyCurve } = model;
  return [
    model.name,
    model.workers,
    model.backend,
    model.sampleShape.join('x'),
    model.prediction,
    `${schedule.kind}${schedule.kind === 'edm' ? '' : ` ${schedule.trainSteps}`}, ${model.spacing}`,
    model.conditions.map(conditionText).join(', '),
    model.guidance,
    model.maxBatch,
    formatDuration(latencyCurve[0]?.ms ?? Number.NaN),
    model.license,
    model.sha256.slice(0, SHA_DIGITS_SHOWN),
  ];
}

function conditionText({ name, shape, minimum, maximum, labels }: ConditionInfo): string {
  const [first, last] = [labels[0], labels.at(-1)];
  const size = shape.length === 0 ? '' : `[${shape.join('x')}]`;
  const range = `${name}${size}=${minimum}..${maximum}`;
  return first === undefined ? range : `${range} (${first}..${last})`;
}
