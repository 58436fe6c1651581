/** Which execution providers of ONNX Runtime load on this machine, found out by loading them. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { SamplerError } from '../../shared/protocol/errors.ts';
import { discoverModels, manifestFile } from '../../worker/backend/manifest.ts';
import { onnxBackend } from '../../worker/backend/onnx.ts';
import { programFile } from '../local/program-file.ts';
import { fail, ok, warn } from './check.ts';
import type { Check } from './check.ts';

const PROBE_TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** By platform, those that onnxruntime-node may bring or find; the CPU is everywhere. */
const accelerators: Readonly<Record<string, readonly string[]>> = {
  linux: ['cuda', 'webgpu'],
  darwin: ['coreml', 'webgpu'],
  win32: ['dml', 'webgpu'],
};

export async function checkProviders(): Promise<Check[]> {
  const cpu = await probeInChild('cpu');
  const name = 'onnx runtime';
  if (cpu !== undefined) return [fail(name, cpu, 'run npm ci again: onnxruntime-node is broken')];
  const checks: Check[] = [ok(name, 'loads and runs on cpu')];
  for (const provider of accelerators[process.platform] ?? []) {
    const problem = await probeInChild(provider);
    const found = problem === undefined ? 'loads' : 'not available';
    // No accelerator is the normal case; only what works is worth a word of advice.
    checks.push(ok(`provider ${provider}`, found));
  }
  return checks;
}

export async function checkModels(folder: string): Promise<Check[]> {
  try {
    const { models, problems } = await discoverModels(folder);
    const broken = problems.map((problem) => fail('model', problem.message, 'see the message'));
    if (models.length === 0 && broken.length === 0) {
      return [warn('models', `none in ${folder}`, 'name a folder of models with --models')];
    }
    const backend = onnxBackend(models);
    try {
      const checks: Check[] = [];
      for (const { manifest } of models) {
        const { name, sampleShape, kind } = manifest;
        const what = `${kind}, samples ${sampleShape.join('x')}`;
        if (kind !== 'onnx') checks.push(ok(`model ${name}`, what));
        else checks.push(await checkOnnxModel(backend, name, what));
      }
      return [...checks, ...broken];
    } finally {
      await backend.close();
    }
  } catch (error) {
    const { message } = SamplerError.from(error);
    return [fail('models', message, 'name a folder of models with --models')];
  }
}

/** Opening a slot loads the graph and compares every name, type and rank with the manifest. */
async function checkOnnxModel(
  backend: ReturnType<typeof onnxBackend>,
  name: string,
  what: string,
): Promise<Check> {
  try {
    const slot = await backend.slot(name);
    await slot.run(1);
    const { modelMs } = await slot.run(1);
    const known = backend.models.find((model) => model.name === name);
    const rank = known?.sharedTimestep ? 'one timestep per call' : 'one timestep per row';
    return ok(`model ${name}`, `${what}, ${rank}, ${modelMs.toFixed(1)} ms a call on one thread`);
  } catch (error) {
    const { message } = SamplerError.from(error);
    return fail(`model ${name}`, message, 'correct isochron.yaml or export the model again');
  }
}

/** In a child, since a provider that is missing writes to standard error from native code. */
async function probeInChild(provider: string): Promise<string | undefined> {
  const argv = [...process.execArgv, programFile(), 'doctor', '--probe-provider', provider];
  try {
    await run(process.execPath, argv, { timeout: PROBE_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : '';
    return said === '' ? `it does not load` : said;
  }
}

/**
 * `epsilon = Identity(sample)` with an unused timestep, opset 13: the smallest graph that our
 * checks accept. What it tests is the provider, and on a machine without any model.
 */
const PROBE_MODEL =
  'CAg6dAobCgZzYW1wbGUSB2Vwc2lsb24iCElkZW50aXR5EgVwcm9iZVoZCgZzYW1wbGUSDwoNCAESCQoDEgFiCgIIAVoX' +
  'Cgh0aW1lc3RlcBILCgkIARIFCgMSAWJiGgoHZXBzaWxvbhIPCg0IARIJCgMSAWIKAggBQgQKABAN';

const PROBE_MANIFEST = `name: probe
kind: onnx
file: model.onnx
sampleShape: [1]
prediction: epsilon
inputs: { sample: sample, timestep: timestep, output: epsilon }
schedule: { kind: cosine, trainSteps: 10 }
spacing: linspace
terminalAlphaBar: 1
dataStd: 1
valueRange: [-1, 1]
maxBatch: 1
license: MIT
`;

/** Loads and runs the probe model with a provider: the inside of the child. */
export async function probeProvider(provider: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-doctor-'));
  try {
    await writeFile(join(folder, manifestFile), PROBE_MANIFEST);
    await writeFile(join(folder, 'model.onnx'), Buffer.from(PROBE_MODEL, 'base64'));
    const { models, problems } = await discoverModels(folder);
    const [problem] = problems;
    if (problem !== undefined) throw problem;
    const backend = onnxBackend(models, { provider });
    try {
      await (await backend.slot('probe')).run(1);
    } finally {
      await backend.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
