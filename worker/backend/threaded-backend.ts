import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { Backend, ModelSlot } from './backend.ts';
import { inlineModels, type Run } from './inline-models.ts';
import { ModelThread } from './model-thread.ts';
import type { Payload } from './model-thread.ts';
import { createSlotArrays } from './slot-arrays.ts';
import type { LoadThreadModel } from './thread-loop.ts';

export interface ThreadedModel {
  readonly description: ModelDescription;
  /** Whether its loader makes wide calls others than plain ones. */
  readonly widens?: boolean;
  /** What the thread's loader gets, made when the model is first used. */
  payload(): Promise<Payload>;
}

export interface ThreadedBackendOptions {
  readonly kind: string;
  readonly entry: URL;
  /** The same loader as the entry's, for models whose calls are short enough for this thread. */
  readonly load?: LoadThreadModel;
  readonly models: readonly ThreadedModel[];
}

/**
 * A backend whose models with long calls all live in one worker_thread. One thread and not one per
 * model, because the cores are the same; and started on first use, so listing models costs nothing.
 */
export function threadedBackend(options: ThreadedBackendOptions): Backend {
  const models = new Map(options.models.map((model) => [model.description.name, model]));
  const loaded = new Map<string, Promise<unknown>>();
  const inline = options.load && inlineModels(options.load);
  let thread: ModelThread | undefined;
  let slots = 0;

  async function slot(name: string): Promise<ModelSlot> {
    const model = models.get(name);
    if (model === undefined) throw unknownModel(name, [...models.keys()]);
    const arrays = createSlotArrays(model.description);
    const here = await inline?.open(name, () => model.payload(), arrays);
    if (here) return boundSlot(model, arrays, here);
    const host = (thread ??= new ModelThread(options.entry));
    const id = slots++;
    await openSlot(host, id, model, arrays);
    return boundSlot(model, arrays, (count, wide = false) => host.run(id, name, { count, wide }));
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
    lastProgressMs: () => Math.max(thread?.sinceProgressMs() ?? 0, inline?.sinceProgressMs() ?? 0),
    close: async () => {
      await inline?.close();
      await thread?.close();
    },
  };
}

function boundSlot(
  { description, widens = false }: ThreadedModel,
  arrays: ReturnType<typeof createSlotArrays>,
  run: Run,
): ModelSlot {
  return {
    maxBatch: description.maxBatch,
    ...arrays,
    widens,
    run: async (count, wide) => {
      checkCount(count, description);
      return { modelMs: await run(count, wide) };
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
