/** Where a model that is to be measured comes from. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import { builtinModels } from '../../worker/backend/analytic.ts';
import type { AnalyticModel } from '../../worker/backend/analytic.ts';
import { discoverModels } from '../../worker/backend/manifest.ts';
import type { DiscoveredModel } from '../../worker/backend/manifest.ts';
import type { DescribedModel } from './bench-inputs.ts';
import { isMixtureFile, mixtureFromFile } from './mixture-file.ts';

export type ModelSource =
  /** Exact; it exists in this process only if it comes from a file. */
  | { readonly kind: 'analytic'; readonly model: AnalyticModel; readonly fromFile: boolean }
  | { readonly kind: 'folder'; readonly model: DiscoveredModel };

/** A built-in mixture, `mixture:FILE`, or a model of the folder `dir`. */
export async function findModel(name: string, dir: string): Promise<ModelSource> {
  if (isMixtureFile(name)) {
    return { kind: 'analytic', model: await mixtureFromFile(name), fromFile: true };
  }
  const builtin = builtinModels().find(({ description }) => description.name === name);
  if (builtin) return { kind: 'analytic', model: builtin, fromFile: false };
  const { models, problems } = await discoverModels(dir);
  const model = models.find(({ manifest }) => manifest.name === name);
  if (model) return { kind: 'folder', model };
  const [problem] = problems;
  if (problem) throw problem;
  const known = [
    ...models.map(({ manifest }) => manifest.name),
    ...builtinModels().map(({ description }) => description.name),
  ];
  const text = `model: found "${name}", expected one of ${known.join(', ')}, or mixture:FILE`;
  throw new SamplerError('UNKNOWN_MODEL', text, { context: { model: name } });
}

/** Of the model's manifest; undefined for a model without one. */
export function folderOf(source: ModelSource): string | undefined {
  return source.kind === 'folder' ? source.model.folder : undefined;
}

/** What a worker must be started with to have the model. */
export function workerBackend(source: ModelSource): 'onnx' | 'analytic' {
  if (source.kind === 'folder') {
    return source.model.manifest.kind === 'onnx' ? 'onnx' : 'analytic';
  }
  if (!source.fromFile) return 'analytic';
  const { name } = source.model.description;
  const text = `model: found "${name}", expected one that workers can load; bench rounds has it`;
  throw new SamplerError('INVALID_REQUEST', text, { context: { model: name } });
}

/** What can be said of a model before anything loads it. */
export function describeSource(source: ModelSource): DescribedModel {
  if (source.kind === 'analytic') return source.model.description;
  const { manifest } = source.model;
  const { name } = manifest;
  if (manifest.kind === 'onnx') return { name, backend: 'onnx', conditions: manifest.conditions };
  return { name, backend: 'analytic', conditions: [] };
}
