import type { Command } from 'commander';

import { SamplerError } from '../../shared/protocol/errors.ts';
import type { AvailableModel, Client } from '../client.ts';
import type { InputTensor, StartTrajectory, SubmitRequest } from '../client/types.ts';
import { prepareFolder } from '../folder.ts';
import { resolveInputs } from '../inputs.ts';
import { modelName } from '../model-name.ts';
import { readMask, readStartImage } from '../start-image.ts';
import { finish } from '../job/finish.ts';
import { followOrCancel } from '../job/follow.ts';
import { sampleLabels } from '../job/labels.ts';
import { createProgress, progressMode } from '../job/progress.ts';
import { startTrajectory } from '../job/start-trajectory.ts';
import { onInterrupt } from '../signals.ts';
import { withClient } from './command.ts';
import type { Context } from './command.ts';
import { addSubmitOptions } from './submit-options.ts';
import type { SubmitOptions } from './submit-options.ts';

export function registerSubmit(program: Command, context: Context): void {
  const command = program.command('submit').description('sample a model and wait for the result');
  addSubmitOptions(command).action(async (options: SubmitOptions) => {
    await withClient(context, { ...options, lines: true }, (client) =>
      submit(context, client, options),
    );
  });
}

async function submit(context: Context, client: Client, options: SubmitOptions): Promise<void> {
  const { terminal } = context;
  if (options.detach && options.out !== undefined) {
    throw new SamplerError(
      'INVALID_REQUEST',
      'found --detach together with --out, expected one of them: --out is written when the job ' +
        'ends; later `isochron result JOB --out DIR` does it',
    );
  }
  if (options.out !== undefined) await prepareFolder('--out', options.out);
  const named = { ...options, model: await modelName(client, options.model) };
  const model = await findModel(client, named);
  const inputs = await resolveInputs(options.input, model?.conditions);
  const { idempotencyKey } = options;
  const request = {
    ...requestOf(named, inputs),
    ...(await imageOf(options)),
    idempotencyKey,
  };
  const start = await startOf(named);
  const interrupt = onInterrupt();
  try {
    const { job, waitingFor } = await client.submit(request, { trajectory: start });
    if (options.detach) return detached(context, options, { job, waitingFor });
    const mode = progressMode(terminal, options.json);
    const progress = createProgress(terminal, mode);
    if (mode === 'lines') terminal.out(`${JSON.stringify({ event: 'submitted', job })}\n`);
    if (waitingFor !== undefined) progress.waiting(waitingFor);
    const last = await followOrCancel(client, job, progress, interrupt.signal);
    const labels = sampleLabels(inputs, model?.conditions, options.samples ?? 1);
    await finish(context, client, last, { ...options, labels });
  } finally {
    interrupt.release();
  }
}

/** What the samples start from, and what of it stays. */
export async function imageOf({
  image,
  mask,
}: SubmitOptions): Promise<Pick<SubmitRequest, 'image' | 'mask'>> {
  return {
    ...(image !== undefined && { image: await readStartImage(image) }),
    ...(mask !== undefined && { mask: await readMask(mask) }),
  };
}

/** The trajectory of an earlier result, for `--init-from`. */
async function startOf(options: SubmitOptions): Promise<StartTrajectory | undefined> {
  return options.initFrom === undefined
    ? undefined
    : startTrajectory(options.initFrom, { ...options, samples: options.samples ?? 1 });
}

/** Only labels and dtypes need the model: a job without conditions asks for nothing. */
export async function findModel(
  client: Client,
  { model, input }: SubmitOptions,
): Promise<AvailableModel | undefined> {
  if (input.length === 0) return undefined;
  return (await client.models()).find((candidate) => candidate.name === model);
}

export function requestOf(options: SubmitOptions, inputs: readonly InputTensor[]): SubmitRequest {
  const { model, solver, steps, eta, samples, seed, method, window, blocks, tolerance } = options;
  const { guidance, compareSequential, initialization, memory, order, stop, spacing, sigmas } =
    options;
  return {
    model,
    solver,
    steps,
    eta,
    samples,
    seed,
    method,
    window,
    blocks,
    tolerance,
    inputs,
    prompts: options.prompt,
    negativePrompts: options.negativePrompt,
    strength: options.strength,
    guidance,
    guidanceSchedule: options.guidanceSchedule,
    compareSequential,
    roundsMax: options.maxRounds,
    maxLag: options.maxLag,
    everyRow: options.everyRow,
    initialization,
    memory,
    order,
    stop,
    wire: options.wire,
    spacing,
    sigmas,
    solverOptions: options.solverOption,
    certify: options.certify,
    client: options.client,
    priority: options.priority,
  };
}

function detached(
  { terminal }: Context,
  { json }: SubmitOptions,
  { job, waitingFor }: { readonly job: string; readonly waitingFor: string | undefined },
): void {
  const waiting = waitingFor === undefined ? {} : { waitingFor };
  if (json) terminal.out(`${JSON.stringify({ job, ...waiting })}\n`);
  else if (!terminal.interactive) {
    terminal.out(`${JSON.stringify({ event: 'submitted', job, ...waiting })}\n`);
  } else {
    terminal.out(`${job}\n`);
    terminal.err(`follow it with: isochron watch ${job}\n`);
    if (waitingFor !== undefined) terminal.err(`waiting: ${waitingFor}\n`);
  }
}
