import { hostname, userInfo } from 'node:os';

import type { Command } from 'commander';
import { Option } from 'commander';

import { limits } from '../../shared/kernel/limits.ts';

import { addCoordinatorOptions, collectText, integer, jsonOption } from '../arguments.ts';
import { number, numbers } from '../arguments.ts';
import { solverNames } from '../../shared/numerics/solvers.ts';
import { collectSolverOption } from '../solver-option.ts';
import { collectInput } from '../inputs.ts';
import type { RawInput } from '../inputs.ts';

export interface SubmitOptions {
  readonly coordinator: string;
  readonly model: string;
  readonly solver: string;
  readonly steps: number;
  readonly eta?: number;
  readonly samples?: number;
  readonly seed?: number;
  readonly method: string;
  readonly window?: number;
  readonly blocks?: number;
  readonly tolerance?: number;
  readonly input: readonly RawInput[];
  readonly prompt: readonly string[];
  readonly negativePrompt: readonly string[];
  readonly guidance?: number;
  readonly guidanceSchedule?: readonly number[];
  readonly image?: string;
  readonly mask?: string;
  readonly strength?: number;
  readonly compareSequential: boolean;
  readonly maxRounds?: number;
  readonly maxLag?: number;
  readonly everyRow: boolean;
  readonly initialization?: string;
  readonly memory?: number;
  readonly order?: number;
  readonly idempotencyKey?: string;
  readonly stop?: string;
  readonly wire?: string;
  readonly spacing?: string;
  readonly sigmas?: string;
  readonly solverOption: Readonly<Record<string, unknown>>;
  readonly certify: boolean;
  readonly initFrom?: string;
  readonly client: string;
  readonly priority?: number;
  readonly out?: string;
  readonly detach: boolean;
  readonly json: boolean;
  readonly images: boolean;
}

/** In the letters that the name of a client may have. */
function defaultClient(): string {
  const name = `${userName()}@${hostname()}`.replaceAll(/[^A-Za-z0-9._@-]/g, '-');
  return name.replace(/^[^A-Za-z0-9]+/, '').slice(0, limits.nameMax);
}

/** A container may run with a user id that no name belongs to. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'user';
  }
}

/** Everything that describes a job and what becomes of its result. */
export function addSubmitOptions(command: Command): Command {
  addJobOptions(command);
  command
    .option('--out <dir>', 'write samples.npy, result.json, pictures and the trace into DIR')
    .option('--no-images', 'write no pictures')
    .option('--idempotency-key <key>', 'sent again, the request is the same job (default: random)')
    .option('--detach', 'print the id of the job and leave it running', false)
    .addOption(jsonOption().default(false));
  return addCoordinatorOptions(command);
}

function addJobOptions(command: Command): Command {
  return command
    .requiredOption('--model <name>', 'model, see `isochron models`, or the path of its folder')
    .addOption(
      new Option('--solver <name>', "sampler, see docs/SAMPLERS.md (default: the model's)")
        .choices(solverNames)
        .default('', "the model's own"),
    )
    .requiredOption('--steps <n>', 'sampling steps', integer)
    .option('--eta <x>', 'stochasticity of ddim, 0 to 1', number)
    .option('--samples <n>', 'samples to draw (default: 1)', integer)
    .option('--seed <n>', 'seed of all noise (default: 0)', integer)
    .option(
      '--method <name>',
      'auto, sequential, picard, picard-eps, secant, parataa, parareal',
      'auto',
    )
    .option('--window <rows>', 'most rows live at once (default: all steps)', integer)
    .option('--blocks <n>', 'blocks live at once (default: one per worker)', integer)
    .option('--tolerance <x>', 'RMS deviation from the sequential sample (default: 0.01)', number)
    .addOption(
      new Option('--input <name=value>', 'condition: a number, one per sample, a label or a .npy')
        .argParser(collectInput)
        .default([], 'none'),
    )
    .addOption(
      new Option('--prompt <text>', 'what to sample, in words; again for the next sample')
        .argParser(collectText)
        .default([], 'none'),
    )
    .addOption(
      new Option('--negative-prompt <text>', 'what to guide away from')
        .argParser(collectText)
        .default([], "the pipeline's"),
    )
    .option('--guidance <weight>', "classifier-free guidance (default: the model's)", number)
    .option('--image <file>', 'PNG or .npy that samples start from, with noise on it')
    .option('--mask <file>', 'PNG or .npy: white is drawn, black stays as in the image')
    .option('--strength <x>', 'share of the steps that they take then (0.8; 1 with a mask)', number)
    .option('--guidance-schedule <w0,w1,..>', 'weights over the steps, in place of one', numbers)
    .option('--compare-sequential', 'also run the sequential sampler, report the true error', false)
    .option('--max-rounds <n>', 'give up after so many rounds (default: steps)', integer)
    .option(
      '--max-lag <rounds>',
      'go on without a late block; bits then vary (default: 0)',
      integer,
    )
    .option('--every-row', 'call the model at every row, leave none out', false)
    .option('--initialization <name>', 'denoised or constant: how rows enter the window')
    .option('--certify', 'keep the trajectory and check every row with one more round', false)
    .option('--init-from <dir>', 'start from the trajectory of a certified result folder')
    .option('--memory <n>', 'Anderson differences of parataa (default: 1)', integer)
    .option('--order <n>', 'newest residuals that its scan carries (default: all)', integer)
    .addOption(
      new Option('--client <name>', 'who asks: clients share a busy cluster')
        .env('ISOCHRON_CLIENT')
        .default(defaultClient(), 'user@host'),
    )
    .option('--priority <n>', '0 to 9: which of your own jobs start first (default: 0)', integer)
    .option('--wire <type>', 'of latents between workers: float32 (default) or float16')
    .option('--stop <rule>', 'final, or for comparisons paradigms, parataa, srds (default: final)')
    .option('--spacing <name>', "leading, trailing or linspace (default: the model's)")
    .option('--sigmas <name>', 'levels: karras, exponential, beta, or numbers (default: the times)')
    .addOption(
      new Option('--solver-option <name=value>', 'what else the solver is told, such as order=3')
        .argParser(collectSolverOption)
        .default({}, 'none'),
    );
}
