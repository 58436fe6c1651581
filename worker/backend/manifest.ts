import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';
import type { z } from 'zod';

import type { ConvergenceTable } from '../../shared/kernel/convergence.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { readConvergence } from './convergence.ts';
import { indexFile, readDiffusersFolder } from './diffusers/folder.ts';
import type { PipelineParts } from './diffusers/pipeline-parts.ts';
import { advice, manifestSchema } from './manifest-schema.ts';
import type { Manifest, OnnxManifest } from './manifest-schema.ts';
import { readModelFile, unusable } from './model-file.ts';
import { checkOnnxFile } from './onnx-file.ts';
import { readOnnxModel, type OnnxModelFiles } from './onnx-model-files.ts';
import { graphSignature } from './onnx-graph.ts';
import { Malformed } from './protobuf.ts';

export const manifestFile = 'isochron.yaml';

/** What makes a folder a model. */
const markers: readonly string[] = [manifestFile, indexFile];

const manifestBytesMax = 1024 * 1024;
const issuesShownMax = 8;

/** A model that may be loaded: its manifest is valid and its file was there, regular and hashed. */
export interface DiscoveredModel {
  readonly manifest: Manifest;
  readonly folder: string;
  /** Of the model file; of a model without one, its manifest. */
  readonly file: string;
  readonly sha256: string;
  /** Its graph takes one timestep for a whole call. */
  readonly sharedTimestep?: boolean;
  /** Text encoders and decoder of a pipeline's folder. */
  readonly around?: PipelineParts;
  /** Absent where nobody measured this model file. */
  readonly convergence?: ConvergenceTable;
}

export interface Discovery {
  readonly models: readonly DiscoveredModel[];
  /** One error per folder that holds a manifest and no usable model. */
  readonly problems: readonly SamplerError[];
}

/** The models of a folder: of each sub-folder with a manifest, or of the folder itself. */
export async function discoverModels(modelsDir: string): Promise<Discovery> {
  const folders = await manifestFolders(modelsDir);
  const models: DiscoveredModel[] = [];
  const problems: SamplerError[] = [];
  for (const folder of folders) {
    try {
      models.push(distinctFrom(models, await discoverModel(folder)));
    } catch (error) {
      problems.push(SamplerError.from(error));
    }
  }
  return { models, problems };
}

/** The manifest of a folder; without one, what a pipeline of diffusers says of itself. */
async function manifestIn(folder: string): Promise<Pick<DiscoveredModel, 'manifest' | 'around'>> {
  if (await exists(join(folder, manifestFile))) return { manifest: await readManifest(folder) };
  const { manifest, around } = await readDiffusersFolder(folder);
  return { manifest, around };
}

export async function discoverModel(folder: string): Promise<DiscoveredModel> {
  const own = await manifestIn(folder);
  const { manifest } = own;
  const { file, bytes, sha256 } = await filesOf(folder, manifest);
  const convergence = await readConvergence(folder, sha256);
  const shared = manifest.kind === 'onnx' && hasSharedTimestep(manifest, bytes);
  const known = { ...own, folder, file, sha256 };
  return {
    ...known,
    ...(shared && { sharedTimestep: true }),
    ...(convergence && { convergence }),
  };
}

/** A timestep of rank 0; a file that cannot be read is for whoever loads it to refuse. */
function hasSharedTimestep({ inputs }: OnnxManifest, bytes: Uint8Array): boolean {
  try {
    const timestep = graphSignature(bytes).inputs.find(({ name }) => name === inputs.timestep);
    return timestep?.shape?.length === 0;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

async function filesOf(folder: string, manifest: Manifest): Promise<OnnxModelFiles> {
  if (manifest.kind !== 'onnx') return readOnnxModel(folder, manifestFile, () => []);
  return readOnnxModel(folder, manifest.file, (bytes, file) => {
    try {
      return checkOnnxFile(bytes, file);
    } catch {
      // what is wrong with it is said to whoever loads it
      return [];
    }
  });
}

/** The bytes that were hashed at discovery, or an error: never others. */
export async function readHashedModel(model: DiscoveredModel): Promise<OnnxModelFiles> {
  const files = await filesOf(model.folder, model.manifest);
  const { file, sha256: found } = files;
  if (found === model.sha256) return files;
  throw new SamplerError(
    'MODEL_UNUSABLE',
    `${file}: found SHA-256 ${found}, expected ${model.sha256}: the file changed since this ` +
      'worker started; restart the worker to register the new model',
    { context: { model: model.manifest.name, file } },
  );
}

export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestFile);
  const { bytes } = await readModelFile(folder, manifestFile);
  if (bytes.length > manifestBytesMax) {
    throw unusable(path, `${bytes.length} bytes`, `at most ${manifestBytesMax}`, 'shorten it');
  }
  let document: unknown;
  try {
    document = parse(bytes.toString('utf8'), { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw unusable(path, `no valid YAML: ${reason}`, 'one YAML document', 'correct that line');
  }
  const result = manifestSchema.safeParse(document);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, issuesShownMax);
  const texts = issues.map((issue) => `${path}: ${issueText(issue, document)}`);
  throw new SamplerError('MODEL_UNUSABLE', texts.join('\n'), { context: { file: path } });
}

async function manifestFolders(modelsDir: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(modelsDir, { withFileTypes: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unusable(modelsDir, reason, 'a folder of models', 'check the path given as --models');
  }
  if (entries.some((entry) => markers.includes(entry.name))) return [modelsDir];
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const checked = folders.sort().map(async (name) => {
    const folder = join(modelsDir, name);
    const found = await Promise.all(markers.map((marker) => exists(join(folder, marker))));
    return found.includes(true) ? [folder] : [];
  });
  return (await Promise.all(checked)).flat();
}

function distinctFrom(known: readonly DiscoveredModel[], model: DiscoveredModel): DiscoveredModel {
  const { name } = model.manifest;
  const other = known.find((candidate) => candidate.manifest.name === name);
  if (other === undefined) return model;
  throw unusable(
    join(model.folder, manifestFile),
    `name ${name}, which ${join(other.folder, manifestFile)} has too`,
    'a name of its own',
    'rename one of them',
  );
}

function issueText(issue: z.core.$ZodIssue, document: unknown): string {
  const [field = 'the document'] = issue.path.map(String);
  const path = issue.path.map(String).join('.') || 'the document';
  const hint = advice[field] ?? 'see the example in models/fashion-unet/isochron.yaml';
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return `${path}: found the unknown field ${keys}, expected known ones; remove or correct it`;
  }
  const found = shown(valueAt(document, issue.path));
  const expected = expectation(issue.message);
  return `${path}: found ${found}, ${expected}; ${hint}`;
}

/** zod says what it expected in several forms; ours is always 'found …, expected …'. */
function expectation(message: string): string {
  return message
    .replace(/^(Invalid|Too)[^:]*: /, '')
    .replace(/^Invalid discriminator value\. Expected/, 'expected one of')
    .replace(/^must match pattern/, 'expected text that matches')
    .replace(/, received .*$/, '');
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    document,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 77)}...`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
