/** A file as a session of ONNX Runtime, with the settings that every model here has. */
import { InferenceSession } from 'onnxruntime-node';

import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ExternalFile } from './onnx-model-files.ts';

export interface SessionOptions {
  /** Of one call. */
  readonly threads: number;
  /** Execution provider, such as cpu or cuda:1. */
  readonly provider: string;
}

export interface OnnxFile extends SessionOptions {
  /** For messages. */
  readonly model: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly external: readonly ExternalFile[];
}

/** Errors come back as exceptions; what ONNX Runtime prints below fatal would only repeat them. */
const logFatal = 4;

/** @throws MODEL_UNUSABLE with what ONNX Runtime says of the file */
export async function openSession(options: OnnxFile): Promise<InferenceSession> {
  const { bytes, external, threads, provider } = options;
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [providerConfig(provider)],
      // The default takes every core, so two workers on one machine would fight for them.
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      externalData: external,
      logSeverityLevel: logFatal,
      // Its threads go on spinning for milliseconds after a call, on the core that the solver and
      // the coordinator need then (measured: maze-planner on two cores, a job in 59 ms, not 75).
      extra: { session: { force_spinning_stop: '1' } },
    });
  } catch (error) {
    throw loadError(options, error instanceof Error ? error.message : String(error));
  }
}

function providerConfig(provider: string): InferenceSession.ExecutionProviderConfig {
  const [name = provider, device] = provider.split(':');
  if (device === undefined) return name;
  const config: InferenceSession.ExecutionProviderOption & { deviceId: number } = {
    name,
    deviceId: Number(device),
  };
  return config;
}

function loadError({ model, file, provider }: OnnxFile, reason: string): SamplerError {
  const absent = /backend not found|Failed to load shared library/.test(reason);
  const advice = absent
    ? `the execution provider '${provider}' is not on this machine: \`doctor\` lists those that are`
    : `check the export with onnx.checker, and that its opset is one ONNX Runtime 1.30 knows`;
  return new SamplerError(
    'MODEL_UNUSABLE',
    `${file}: ONNX Runtime cannot load it: ${reason.trim()}; ${advice}`,
    { context: { model, file, provider } },
  );
}
