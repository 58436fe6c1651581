import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stringify } from 'yaml';

const golden = new URL('../../golden/models/', import.meta.url);

/** The manifest of test/golden/models/good.onnx. */
export const goodManifest = {
  name: 'tiny',
  kind: 'onnx',
  file: 'model.onnx',
  sampleShape: [1, 4, 4],
  prediction: 'epsilon',
  inputs: { sample: 'sample', timestep: 'timestep', output: 'epsilon' },
  conditions: [
    {
      name: 'class',
      input: 'class_label',
      dtype: 'int64',
      minimum: 0,
      maximum: 9,
      unconditional: 10,
    },
  ],
  schedule: { kind: 'linear', betaStart: 0.0001, betaEnd: 0.02, trainSteps: 1000 },
  spacing: 'linspace',
  terminalAlphaBar: 1,
  dataStd: 0.5,
  valueRange: [-1, 1],
  guidance: 2,
  maxBatch: 8,
  license: 'MIT',
};

export interface ModelsDir {
  readonly path: string;
  /** Writes <path>/<name>/ with a manifest (an object, or its text) and a golden model's file. */
  add(name: string, manifest: unknown, goldenFile?: string): Promise<string>;
  remove(): Promise<void>;
}

export async function modelsDir(): Promise<ModelsDir> {
  const path = await mkdtemp(join(tmpdir(), 'isochron-models-'));
  return {
    path,
    add: async (name, manifest, goldenFile = 'good.onnx') => {
      const folder = join(path, name);
      await mkdir(folder);
      const text = typeof manifest === 'string' ? manifest : stringify(manifest);
      await writeFile(join(folder, 'isochron.yaml'), text);
      await copyFile(new URL(goldenFile, golden), join(folder, 'model.onnx'));
      return folder;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
