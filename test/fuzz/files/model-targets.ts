/** Folders of models: manifests, pipelines of diffusers, graphs, tokenizers, convergence. */
import { readFileSync } from 'node:fs';
import { copyFile, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { readDiffusersFolder } from '../../../worker/backend/diffusers/folder.ts';
import { openTokenizer } from '../../../worker/backend/diffusers/tokenizer.ts';
import { readConvergence } from '../../../worker/backend/convergence.ts';
import { discoverModels, readHashedModel } from '../../../worker/backend/manifest.ts';
import { checkOnnxFile } from '../../../worker/backend/onnx-file.ts';
import { graphSignature } from '../../../worker/backend/onnx-graph.ts';
import { goodFiles } from '../../worker/backend/diffusers/pipeline-folder.ts';
import { promptedFiles } from '../../worker/backend/diffusers/prompted-folder.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import type { Draws } from '../draws.ts';
import { hostileTexts, mutated } from '../hostile.ts';
import { lengthDelimited } from '../requests/wire.ts';
import { brokenJson, brokenYaml } from './mutate-document.ts';
import type { Target } from './targets.ts';

const golden = join(packageRoot(), 'test', 'golden');
const graphs = ['good', 'external', 'text', 'timestep-rank0', 'half-all', 'prompted-denoiser'].map(
  (name) => readFileSync(join(golden, 'models', `${name}.onnx`)),
);

function brokenGraph(draws: Draws): Buffer {
  const whole = draws.pick(graphs);
  if (draws.chance(0.8)) return mutated(whole, draws);
  const depth = draws.pick([3, 40, 3_000]);
  return draws.pick<() => Buffer>([
    // graphs in attributes of nodes in graphs
    () => {
      let inner: Buffer = Buffer.alloc(0);
      for (let k = 0; k < depth && inner.length < 60_000; k++) {
        inner = lengthDelimited(1, lengthDelimited(5, lengthDelimited(6, inner)));
      }
      return lengthDelimited(7, inner);
    },
    () => lengthDelimited(7, Buffer.alloc(50_000)),
    () => Buffer.concat(Array.from({ length: 5_000 }, () => lengthDelimited(7, Buffer.alloc(0)))),
    () => Buffer.from(`version https://git-lfs.github.com/spec/v1\n${'x'.repeat(100)}`),
    () => draws.bytes(draws.below(200)),
  ])();
}

const onnx: Target = {
  name: 'ONNX bytes',
  weight: 200,
  errors: ['Malformed'],
  read: async (draws) => {
    const bytes = brokenGraph(draws);
    return draws.chance(0.5) ? checkOnnxFile(bytes, 'model.onnx') : graphSignature(bytes);
  },
};

const text = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
const manifest = parse(text('models/fashion-unet/isochron.yaml')) as Record<string, unknown>;
const mixture = {
  name: 'two',
  kind: 'gaussian-mixture',
  license: 'MIT',
  sampleShape: [1, 1, 2],
  means: [
    [0, 1],
    [1, 0],
  ],
  std: 0.5,
};
const convergence = shortened(JSON.parse(text('models/fashion-unet/convergence.json')));

/** A table of a few entries: what is wrong with one is wrong with all. */
function shortened(document: unknown): Record<string, unknown> {
  const { entries, ...rest } = document as { entries: unknown[] };
  return { ...rest, entries: entries.slice(0, 3) };
}

/** A file, or what is none: links out of the folder, to itself, hard links, folders. */
async function place(path: string, bytes: Buffer | string, draws: Draws): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (!draws.chance(0.04)) return writeFile(path, bytes);
  const odd = draws.pick([
    () => symlink('/etc/passwd', path),
    () => symlink(path, path),
    () => symlink('/dev/zero', path),
    () => mkdir(path),
    () => symlink(`${path}.away`, path),
    async () => {
      await writeFile(`${path}.other`, bytes);
      await link(`${path}.other`, path);
    },
  ]);
  await odd();
}

const manifests: Target = {
  name: 'manifests',
  weight: 16,
  read: async (draws, folder) => {
    const own = join(folder, 'model');
    const document = draws.chance(0.5) ? { ...manifest, file: 'model.onnx' } : mixture;
    await place(join(own, 'isochron.yaml'), brokenYaml(document, draws), draws);
    const graph = draws.chance(0.5) ? brokenGraph(draws) : draws.pick(graphs);
    await place(join(own, 'model.onnx'), graph, draws);
    if (draws.chance(0.3)) {
      await place(join(own, 'convergence.json'), brokenJson(convergence, draws), draws);
    }
    const { models, problems } = await discoverModels(folder);
    for (const problem of problems) throw problem;
    for (const model of models) await readHashedModel(model);
    return models;
  },
};

const tables: Target = {
  name: 'convergence',
  weight: 30,
  read: async (draws, folder) => {
    await place(join(folder, 'convergence.json'), brokenJson(convergence, draws), draws);
    return readConvergence(folder, String(convergence['modelSha256']));
  },
};

const pipelines: Target = {
  name: 'pipelines',
  weight: 10,
  read: async (draws, folder) => {
    const files = draws.chance(0.5)
      ? goodFiles
      : { ...promptedFiles, 'vae_encoder/model.onnx': null };
    const [broken, other] = [draws.pick(Object.keys(files)), draws.pick(Object.keys(files))];
    for (const [path, content] of Object.entries(files)) {
      if (content === null) continue;
      const file = join(folder, path);
      const damaged = path === broken || (path === other && draws.chance(0.3));
      await mkdir(dirname(file), { recursive: true });
      if (typeof content === 'object') {
        const whole = Buffer.from(JSON.stringify(content));
        await place(file, damaged ? brokenJson(content, draws) : whole, draws);
      } else if (!content.endsWith('.onnx')) await writeFile(file, content);
      else if (damaged) await place(file, brokenGraph(draws), draws);
      else await copyFile(join(golden, 'models', content), file);
    }
    return readDiffusersFolder(folder);
  },
};

const { 'tokenizer/vocab.json': vocab, 'tokenizer/tokenizer_config.json': config } = promptedFiles;
const unigram = JSON.parse(text('test/golden/tokenizers/t5/tokenizer.json')) as object;
const unigramConfig = JSON.parse(text('test/golden/tokenizers/t5/tokenizer_config.json')) as object;
const PROMPT_TOKENS = 8;

const tokenizers: Target = {
  name: 'tokenizers',
  weight: 14,
  read: async (draws, folder) => {
    const part = join(folder, 'tokenizer');
    await mkdir(part);
    const clip = draws.chance(0.7);
    const settings = clip ? (config ?? {}) : unigramConfig;
    const odd = draws.below(3);
    const json = (document: unknown, damaged: boolean) =>
      damaged ? brokenJson(document, draws) : Buffer.from(JSON.stringify(document));
    await writeFile(join(part, 'tokenizer_config.json'), json(settings, odd === 0));
    if (clip) {
      await writeFile(join(part, 'vocab.json'), json(vocab, odd === 1));
      const merges = Buffer.from('#version: 0.2\na b</w>\nc d\n');
      await writeFile(join(part, 'merges.txt'), odd === 2 ? mutated(merges, draws) : merges);
    } else await writeFile(join(part, 'tokenizer.json'), json(unigram, odd > 0));
    const tokenizer = await openTokenizer(folder, 'tokenizer');
    const tokens = tokenizer.encode(draws.pick(hostileTexts).slice(0, 2_000), PROMPT_TOKENS);
    if (tokens.length !== PROMPT_TOKENS)
      throw new SamplerError('INTERNAL', `${tokens.length} tokens`);
    return tokens;
  },
};

export const modelTargets: readonly Target[] = [onnx, manifests, tables, pipelines, tokenizers];
