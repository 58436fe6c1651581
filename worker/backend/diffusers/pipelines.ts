/** Text encoders and decoders of the folders of diffusers, in a thread that comes and goes. */
import { Worker } from 'node:worker_threads';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { EncodedCondition, Picture } from '../../../shared/protocol/pipeline-wire.ts';
import type { Pipelines } from '../backend.ts';
import type { DiscoveredModel } from '../manifest.ts';
import { threadEntry } from '../threaded-backend.ts';
import type { SessionOptions } from '../onnx-runtime.ts';
import type { PipelineSource } from './pipeline-graphs.ts';
import type { FromPipeline, ToPipeline } from './pipeline-messages.ts';

/** After it the thread ends, and with it the memory of text encoders of gigabytes. */
const IDLE_MS = 120_000;

type Reply = Exclude<FromPipeline, { kind: 'failed' }>;

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: SamplerError) => void;
}

export function openPipelines(
  models: readonly DiscoveredModel[],
  options: SessionOptions,
): Pipelines {
  const sources = new Map(models.flatMap((model) => sourceOf(model, options)));
  const thread = new PipelineThread();
  const sourceNamed = (model: string): PipelineSource => {
    const source = sources.get(model);
    if (source) return source;
    const text = `model ${model} has no text encoders and no decoder here`;
    throw new SamplerError('UNKNOWN_MODEL', text);
  };
  return {
    encode: async (model, prompts): Promise<readonly EncodedCondition[]> => {
      const reply = await thread.call({ kind: 'encode', source: sourceNamed(model), prompts });
      return reply.kind === 'encoded' ? reply.conditions : [];
    },
    decode: async (model, latent): Promise<Picture> => {
      const reply = await thread.call({ kind: 'decode', source: sourceNamed(model), latent });
      if (reply.kind === 'decoded') return reply.picture;
      throw new SamplerError('INTERNAL', 'the thread of pipelines answered something else');
    },
    encodePicture: async (model, pixels): Promise<Float32Array> => {
      const source = sourceNamed(model);
      const reply = await thread.call({ kind: 'encodePicture', source, pixels });
      if (reply.kind === 'latent') return reply.latent;
      throw new SamplerError('INTERNAL', 'the thread of pipelines answered something else');
    },
    close: () => thread.close(),
  };
}

function sourceOf(model: DiscoveredModel, options: SessionOptions): [string, PipelineSource][] {
  const { manifest, folder, around } = model;
  if (!around || manifest.kind !== 'onnx') return [];
  const { name, sampleShape, conditions } = manifest;
  const { textEncoders } = around;
  return [[name, { ...options, model: name, folder, textEncoders, sampleShape, conditions }]];
}

type Call =
  Exclude<ToPipeline, { kind: 'close' }> extends infer One
    ? One extends { id: number }
      ? Omit<One, 'id'>
      : never
    : never;

class PipelineThread {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #calls = 0;

  call(message: Call): Promise<Reply> {
    clearTimeout(this.#idle);
    const id = this.#calls++;
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ ...message, id } satisfies ToPipeline);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    if (!worker) return;
    // a call from now on is another thread's
    this.#worker = undefined;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ kind: 'close' } satisfies ToPipeline);
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(threadEntry('pipeline-thread', import.meta.url), {
      name: 'pipeline',
    });
    worker.on('message', (message: FromPipeline) => this.#settle(message));
    worker.on('error', (error) => {
      this.#end(worker, error instanceof Error ? error.message : String(error));
    });
    worker.on('exit', (code) => this.#end(worker, `exit code ${code}`));
    return worker;
  }

  #settle(message: FromPipeline): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (this.#pending.size === 0) {
      this.#idle = setTimeout(() => void this.close(), IDLE_MS);
      this.#idle.unref();
    }
    if (message.kind !== 'failed') return pending?.resolve(message);
    const { code, context, retriable } = message;
    pending?.reject(new SamplerError(code, message.message, { context, retriable }));
  }

  /** The next call starts another one. */
  #end(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const text = `the thread of text encoders and decoders ended (${reason})`;
    for (const { reject } of this.#pending.values()) reject(new SamplerError('WORKER_LOST', text));
    this.#pending.clear();
  }
}
