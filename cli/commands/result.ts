import type { Command } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { addCoordinatorOptions, jsonOption } from '../arguments.ts';
import { isFinal } from '../client.ts';
import { prepareFolder } from '../folder.ts';
import { finish } from '../job/finish.ts';
import { withClient } from './command.ts';
import type { Context, CoordinatorOptions } from './command.ts';

interface ResultOptions extends CoordinatorOptions {
  readonly out?: string;
  readonly images: boolean;
  readonly json: boolean;
}

export function registerResult(program: Command, context: Context): void {
  addCoordinatorOptions(
    program
      .command('result')
      .description('fetch the result of a finished job')
      .argument('<job>', 'id of the job')
      .option('--out <dir>', 'write samples.npy, result.json, pictures and the trace into DIR')
      .option('--no-images', 'write no pictures')
      .addOption(jsonOption().default(false)),
  ).action(async (job: string, options: ResultOptions) => {
    await withClient(context, options, async (client) => {
      if (options.out !== undefined) await prepareFolder('--out', options.out);
      const status = await client.job(job);
      if (!isFinal(status.state)) {
        const what = `job ${job} is ${status.state}, expected one that is done`;
        throw new SamplerError('INVALID_REQUEST', `${what}; follow it with: isochron watch ${job}`);
      }
      await finish(context, client, status, options);
    });
  });
}
