import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { Backend, ModelSlot } from './backend.ts';
import { ModelThread } from './model-thread.ts';
import type { Payload } from './model-thread.ts';
import { createSlotArrays } from './slot-arrays.ts';

export interface ThreadedModel {
  readonly description: ModelDescription;
  /** What the thread's loader gets, made when the model is first used. */
  payload(): Promise<Payload>;
}

export interface ThreadedBackendOptions {
  readonly kind: string;
  readonly entry: URL;
  readonly models: readonly ThreadedModel[];
}

/**
 * A backend whose models all live in one worker_thread. One thread and not one per model, because
 * the cores are the same; and started on first use, so listing models costs nothing.
 */
export function threadedBackend(options: ThreadedBackendOptions): Backend {
  const models = new Map(options.models.map((model) => [model.description.name, model]));
  const loaded = new Map<string, Promise<unknown>>();
  let thread: ModelThread | undefined;
  let slots = 0;

  async function slot(name: string): Promise<ModelSlot> {
    const model = models.get(name);
    if (model === undefined) throw unknownModel(name, [...models.keys()]);
    thread ??= new ModelThread(options.entry);
    const arrays = createSlotArrays(model.description);
    const id = slots++;
    await openSlot(thread, id, model, arrays);
    return boundSlot(thread, id, model.description, arrays);
  }

  /**
   * Later slots of a model wait for its first one; after a failed load the next one tries again.
   */
  async function openSlot(
    to: ModelThread,
    id: number,
    model: ThreadedModel,
    arrays: ReturnType<typeof createSlotArrays>,
  ): Promise<void> {
    const { name } = model.description;
    const load = loaded.get(name);
    if (load !== undefined) {
      await load;
      return to.open(id, name, arrays);
    }
    const first = model.payload().then((payload) => to.open(id, name, arrays, payload));
    loaded.set(name, first);
    try {
      await first;
    } catch (error) {
      loaded.delete(name);
      throw SamplerError.from(error);
    }
  }

  return {
    kind: options.kind,
    models: options.models.map((model) => model.description),
    slot,
    lastProgressMs: () => thread?.sinceProgressMs() ?? 0,
    close: async () => thread?.close(),
  };
}

function boundSlot(
  thread: ModelThread,
  id: number,
  model: ModelDescription,
  arrays: ReturnType<typeof createSlotArrays>,
): ModelSlot {
  return {
    maxBatch: model.maxBatch,
    ...arrays,
    run: async (count) => {
      checkCount(count, model);
      return { modelMs: await thread.run(id, model.name, count) };
    },
  };
}

export function checkCount(count: number, model: ModelDescription): void {
  if (Number.isInteger(count) && count >= 1 && count <= model.maxBatch) return;
  throw new SamplerError(
    'INVALID_REQUEST',
    `model ${model.name} takes 1 to ${model.maxBatch} rows a call, not ${count}`,
    { context: { model: model.name, count, maxBatch: model.maxBatch } },
  );
}

export function unknownModel(name: string, known: readonly string[]): SamplerError {
  const list = known.length === 0 ? 'none' : known.join(', ');
  return new SamplerError('UNKNOWN_MODEL', `no model ${JSON.stringify(name)} here; known: ${list}`);
}

/** An entry beside the calling module, as .ts in a checkout and as .js in the published package. */
export function threadEntry(name: string, moduleUrl: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);
}
