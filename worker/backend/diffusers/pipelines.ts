/** Text encoders and decoders of the folders of diffusers, in a thread that comes and goes. */
import { Worker } from 'node:worker_threads';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { Pipelines } from '../backend.ts';
import type { DiscoveredModel } from '../manifest.ts';
import { threadEntry } from '../threaded-backend.ts';
import type { SessionOptions } from '../onnx-runtime.ts';
import type { PipelineSource } from './pipeline-graphs.ts';
import type { FromPipeline, ToPipeline } from './pipeline-messages.ts';

/** After it the thread ends, and with it the memory of text encoders of gigabytes. */
const IDLE_MS = 120_000;

type Reply = Exclude<FromPipeline, { kind: 'failed' }>;
type ReplyOf<K> = Extract<Reply, { kind: K }>;

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
    encode: async (model, prompts) => {
      const call = { kind: 'encode', source: sourceNamed(model), prompts } as const;
      return (await thread.call(call, 'encoded')).conditions;
    },
    decode: async (model, latent) => {
      const call = { kind: 'decode', source: sourceNamed(model), latent } as const;
      return (await thread.call(call, 'decoded')).picture;
    },
    encodePicture: async (model, pixels) => {
      const call = { kind: 'encodePicture', source: sourceNamed(model), pixels } as const;
      return (await thread.call(call, 'latent')).latent;
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

function isA<K extends Reply['kind']>(reply: Reply, kind: K): reply is ReplyOf<K> {
  return reply.kind === kind;
}

class PipelineThread {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #calls = 0;

  async call<K extends Reply['kind']>(message: Call, kind: K): Promise<ReplyOf<K>> {
    const reply = await this.#send(message);
    if (isA(reply, kind)) return reply;
    const text = `the thread of pipelines answered ${reply.kind}, expected ${kind}`;
    throw new SamplerError('INTERNAL', text);
  }

  #send(message: Call): Promise<Reply> {
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
