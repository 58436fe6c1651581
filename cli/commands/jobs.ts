import type { Command } from 'commander';

import { addCoordinatorOptions, integer, jsonOption } from '../arguments.ts';
import type { JobsAsked, JobStatus } from '../client.ts';
import { formatDuration, formatScientific, formatSi } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import type { Cell, Column } from '../output/table.ts';
import { printList, withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

const columns: readonly Column[] = [
  { title: 'job' },
  { title: 'state' },
  { title: 'client' },
  { title: 'model' },
  { title: 'method' },
  { title: 'solver' },
  { title: 'samples' },
  { title: 'frozen', align: 'right' },
  { title: 'rounds' },
  { title: 'calls', align: 'right' },
  { title: 'residual', align: 'right' },
  { title: 'elapsed', align: 'right' },
  { title: 'message' },
];

export function registerJobs(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('jobs')
      .description('the jobs that the coordinator remembers')
      .option('--client <name>', 'only jobs of this client')
      .option('--limit <n>', 'the newest so many (default and most: 1000)', integer)
      .option('--before <job>', 'only jobs that were submitted before this one')
      .addOption(jsonOption().default(false)),
  ).action(async (options: CoordinatorOptions & JobsAsked & { readonly json: boolean }) => {
    await withClient(context, options, async (client) => {
      const { client: of, limit, before } = options;
      const asked = { ...(of && { client: of }), ...(limit && { limit }) };
      const jobs = await client.jobs({ ...asked, ...(before && { before }) });
      printList(context, options.json, jobs, () =>
        jobs.length === 0 ? 'no jobs' : renderTable(columns, jobs.map(row)),
      );
    });
  });
}

function row(job: JobStatus): readonly Cell[] {
  return [
    job.job,
    job.state,
    job.priority === 0 ? job.client : `${job.client} (priority ${job.priority})`,
    job.model,
    job.method,
    `${job.solver} ${job.steps}`,
    job.samples,
    `${job.frontier}/${job.steps}`,
    job.rounds,
    formatSi(job.modelCalls),
    job.rounds === 0 ? null : formatScientific(job.residual),
    formatDuration(job.elapsedMs),
    job.errorCode === undefined ? job.message : `${job.errorCode}: ${job.message}`,
  ];
}
