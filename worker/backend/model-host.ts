/** A model thread with the models it has loaded. */
import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { Run } from './inline-models.ts';
import { ModelThread, type Payload } from './model-thread.ts';
import type { SlotArrays } from './slot-arrays.ts';

export interface HostedModel {
  readonly description: ModelDescription;
  /** What the thread's loader needs, made when the model is first used. */
  payload(): Promise<Payload>;
}

export interface ModelHost {
  /** The calls of a new slot over these arrays; the model is loaded with its first one. */
  open(model: HostedModel, arrays: SlotArrays): Promise<Run>;
  /** Of the thread; 0 before there is one. */
  sinceProgressMs(): number;
  close(): Promise<void>;
}

/** The thread is started on first use. */
export function modelHost(entry: URL): ModelHost {
  const loaded = new Map<string, Promise<unknown>>();
  let thread: ModelThread | undefined;
  let slots = 0;

  /**
   * Later slots of a model wait for its first one; after a failed load the next one tries again.
   */
  async function load(to: ModelThread, id: number, model: HostedModel, arrays: SlotArrays) {
    const { name } = model.description;
    const known = loaded.get(name);
    if (known !== undefined) {
      await known;
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
    open: async (model, arrays) => {
      const host = (thread ??= new ModelThread(entry));
      const id = slots++;
      await load(host, id, model, arrays);
      const { name } = model.description;
      return (count, wide = false) => host.run(id, name, { count, wide });
    },
    sinceProgressMs: () => thread?.sinceProgressMs() ?? 0,
    close: async () => thread?.close(),
  };
}
