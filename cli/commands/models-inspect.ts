import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { negativeOf } from '../../shared/kernel/negative-condition.ts';
import { tokenizerOf } from '../../worker/backend/diffusers/pipeline-parts.ts';
import {
  indexFile,
  readDiffusersFolder,
  type DiffusersFolder,
} from '../../worker/backend/diffusers/folder.ts';
import {
  discoverModel,
  manifestFile,
  type DiscoveredModel,
} from '../../worker/backend/manifest.ts';
import { jsonOption } from '../arguments.ts';
import type { Context } from './command.ts';

/** Without a cluster: what a worker would make of a folder, or why it would not. */
export function registerModelsInspect(models: Command, context: Context): void {
  models
    .command('inspect')
    .description('what a model folder is: a manifest, or a pipeline of diffusers exported to ONNX')
    .argument('<dir>', 'the folder')
    .addOption(jsonOption().default(false))
    .action(async (folder: string, _options: object, command: Command) => {
      // `models` has the option too, and takes it wherever it stands
      const { json = false } = command.optsWithGlobals<{ readonly json?: boolean }>();
      const found = await inspect(folder);
      context.terminal.out(json ? `${JSON.stringify(documentOf(found))}\n` : `${textOf(found)}\n`);
    });
}

interface Inspected {
  readonly model: DiscoveredModel;
  readonly pipeline: DiffusersFolder | undefined;
}

async function inspect(folder: string): Promise<Inspected> {
  const isThere = (name: string) =>
    stat(join(folder, name)).then(
      () => true,
      () => false,
    );
  const model = await discoverModel(folder);
  const own = !(await isThere(manifestFile)) && (await isThere(indexFile));
  return { model, pipeline: own ? await readDiffusersFolder(folder) : undefined };
}

function documentOf({ model, pipeline }: Inspected): object {
  const { manifest, file, sha256 } = model;
  const seen = pipeline && {
    pipeline: pipeline.pipeline,
    scheduler: pipeline.scheduler.className,
    inputs: pipeline.graph.inputs,
    outputs: pipeline.graph.outputs,
    parts: pipeline.parts,
    ...pipeline.around,
  };
  return { manifest, file, sha256, ...(seen && { diffusers: seen }) };
}

function textOf({ model, pipeline }: Inspected): string {
  const { manifest, file, sha256 } = model;
  const { schedule, sampler } = manifest;
  const trained = schedule.kind === 'edm' ? '' : `, ${schedule.trainSteps} training steps`;
  const lines = [
    ['model', manifest.name],
    ['file', file],
    ['SHA-256', sha256],
    ['sample', manifest.sampleShape.join(' x ')],
    ...(manifest.kind === 'onnx' ? [['predicts', manifest.prediction]] : []),
    ['noise', `${schedule.kind}${trained}`],
    ['times', `${manifest.spacing}, offset ${manifest.timestepOffset}`],
    ...(sampler ? [['sampler', samplerText(sampler)]] : []),
    ...(manifest.bound ? [['x0 bound', JSON.stringify(manifest.bound)]] : []),
    ...(pipeline ? pipelineLines(pipeline) : []),
    ...conditionLines(manifest),
  ];
  const width = Math.max(...lines.map(([title = '']) => title.length));
  return lines.map(([title = '', text = '']) => `${title.padEnd(width)}  ${text}`).join('\n');
}

function samplerText(sampler: NonNullable<DiscoveredModel['manifest']['sampler']>): string {
  const { name, options, sigmas } = sampler;
  const told = Object.entries(options).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [name, ...told, ...(sigmas === '' ? [] : [`sigmas ${sigmas}`])].join(', ');
}

function pipelineLines(found: DiffusersFolder): string[][] {
  const { pipeline, scheduler, graph, parts, denoiser, around } = found;
  const show = (values: DiffusersFolder['graph']['inputs']): string =>
    values.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape?.join(', ')}]`).join('; ');
  const { textEncoders, decoder } = around;
  const read = textEncoders.map((part) => `${part} with ${tokenizerOf(part)}`);
  const known = [denoiser, 'scheduler', 'vae', ...textEncoders, ...textEncoders.map(tokenizerOf)];
  const others = parts.filter((part) => !known.includes(part));
  return [
    ['pipeline', `${pipeline}, ${scheduler.className}`],
    ['takes', show(graph.inputs)],
    ['gives', show(graph.outputs)],
    ...(read.length > 0 ? [['prompts', `--prompt, read by ${read.join(', ')}`]] : []),
    ...(decoder ? [['pictures', 'made of samples by vae_decoder']] : []),
    ...(others.length > 0 ? [['other parts', `${others.join(', ')} (not used)`]] : []),
  ];
}

/** How a job brings each condition along. */
function conditionLines(manifest: DiscoveredModel['manifest']): string[][] {
  if (manifest.kind !== 'onnx') return [];
  return manifest.conditions.map(({ name, dtype, shape, labels }) => {
    const what = shape.length > 0 ? `${name}.npy, ${dtype} [${shape.join(', ')}]` : dtype;
    const known = labels.length > 0 ? `, one of ${labels.join(', ')}` : '';
    const negative = shape.length > 0 ? `; with --guidance also ${negativeOf(name)}` : '';
    return ['condition', `--input ${name}=${what}${known}${negative}`];
  });
}
