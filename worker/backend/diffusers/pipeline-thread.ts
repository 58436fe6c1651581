/** The thread of the graphs around denoisers: a call may take seconds, and weights gigabytes. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../../../shared/kernel/assert.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import type { EncodedCondition, Picture } from '../../../shared/protocol/pipeline-wire.ts';
import { openPipelineGraphs, type PipelineGraphs, type PipelineSource } from './pipeline-graphs.ts';
import type { FromPipeline, ToPipeline } from './pipeline-messages.ts';

assert(parentPort !== null, 'the thread of pipelines is started by pipelines.ts');
const port = parentPort;
const opened = new Map<string, PipelineGraphs>();

function graphsOf(source: PipelineSource): PipelineGraphs {
  const known = opened.get(source.folder) ?? openPipelineGraphs(source);
  opened.set(source.folder, known);
  return known;
}

async function answer(message: Exclude<ToPipeline, { kind: 'close' }>): Promise<void> {
  const { id } = message;
  const post = (reply: FromPipeline, moved: readonly Float32Array[] | readonly Uint8Array[]) =>
    port.postMessage(
      reply,
      moved.map(({ buffer }) => buffer as ArrayBuffer),
    );
  try {
    const graphs = graphsOf(message.source);
    if (message.kind === 'encode') {
      const conditions: EncodedCondition[] = await graphs.encode(message.prompts);
      return post({ kind: 'encoded', id, conditions }, []);
    }
    if (message.kind === 'encodePicture') {
      const latent = await graphs.encodePicture(message.pixels);
      return post({ kind: 'latent', id, latent }, []);
    }
    const picture: Picture = await graphs.decode(message.latent);
    post({ kind: 'decoded', id, picture }, [picture.data]);
  } catch (error) {
    const { code, message: text, context, retriable } = SamplerError.from(error);
    post({ kind: 'failed', id, code, message: text, context, retriable }, []);
  }
}

// one after the other: they would only take each other's cores
let tail = Promise.resolve();
port.on('message', (message: ToPipeline) => {
  tail = tail.then(async () => {
    if (message.kind !== 'close') return answer(message);
    for (const graphs of opened.values()) await graphs.close();
    port.close();
  });
});
