import { SamplerError } from '../../shared/protocol/errors.ts';
import type { ModelDescription } from '../../shared/protocol/model-description.ts';
import type { CallWay } from '../core/call-ways.ts';
import type { Backend, ModelSlot } from './backend.ts';
import { inlineModels, type Run } from './inline-models.ts';
import { modelHost, type HostedModel, type ModelHost } from './model-host.ts';
import type { Payload } from './model-thread.ts';
import { createSlotArrays, type SlotArrays } from './slot-arrays.ts';
import { splitCalls } from './split-calls.ts';
import type { LoadThreadModel } from './thread-loop.ts';

export interface ThreadedModel extends HostedModel {
  /** Whether its loader makes wide calls others than plain ones. */
  readonly widens?: boolean;
  /** Threads that can share the rows of a call, if calls are short; default 1. */
  readonly lanes?: number;
  /** @param only the one way in which this copy of the model is called; default all */
  payload(only?: 'split'): Promise<Payload>;
}

export interface ThreadedBackendOptions {
  readonly kind: string;
  readonly entry: URL;
  /** The same loader as the entry's, for models whose calls are short enough for this thread. */
  readonly load?: LoadThreadModel;
  readonly models: readonly ThreadedModel[];
}

/** Each thread but the first has the model once more. */
const LANES_MAX = 4;

/**
 * A backend whose models with long calls all live in one worker_thread. One thread and not one per
 * model, because the cores are the same; and started on first use, so listing models costs nothing.
 * Those with short calls live on this thread, with helpers where a worker that is alone has cores
 * for them.
 */
export function threadedBackend(options: ThreadedBackendOptions): Backend {
  const models = new Map(options.models.map((model) => [model.description.name, model]));
  const inline = options.load && inlineModels(options.load);
  const main = modelHost(options.entry);
  const helpers: ModelHost[] = [];

  async function slot(name: string): Promise<ModelSlot> {
    const model = models.get(name);
    if (model === undefined) throw unknownModel(name, [...models.keys()]);
    const arrays = createSlotArrays(model.description);
    const here = await inline?.open(name, () => model.payload(), arrays);
    const run = here ?? (await main.open(model, arrays));
    const hosts = here ? helpersOf(model) : [];
    if (hosts.length === 0) return boundSlot(model, arrays, { run });
    const copy = { ...model, payload: () => model.payload('split') };
    const others = hosts.map((host) => (rows: SlotArrays) => host.open(copy, rows));
    return boundSlot(model, arrays, { run, split: splitCalls({ arrays, own: run, others }) });
  }

  function helpersOf({ lanes = 1, description }: ThreadedModel): ModelHost[] {
    const count = Math.min(lanes, LANES_MAX, description.maxBatch) - 1;
    while (helpers.length < count) helpers.push(modelHost(options.entry));
    return helpers.slice(0, count);
  }

  return {
    kind: options.kind,
    models: options.models.map((model) => model.description),
    slot,
    lastProgressMs: () => {
      const threads = [main, ...helpers].map((host) => host.sinceProgressMs());
      return Math.max(inline?.sinceProgressMs() ?? 0, ...threads);
    },
    close: async () => {
      await inline?.close();
      for (const host of [main, ...helpers]) await host.close();
    },
  };
}

interface BoundCalls {
  readonly run: Run;
  /** Absent where no other thread shares them. */
  readonly split?: Run;
}

function boundSlot(
  { description, widens = false }: ThreadedModel,
  arrays: SlotArrays,
  { run, split }: BoundCalls,
): ModelSlot {
  const ways: CallWay[] = [
    ...(widens ? ['wide' as const] : []),
    ...(split ? ['split' as const] : []),
  ];
  return {
    maxBatch: description.maxBatch,
    ...arrays,
    ways,
    run: async (count, way) => {
      checkCount(count, description);
      const shared = way === 'split' && split;
      return { modelMs: await (shared ? split(count) : run(count, way === 'wide')) };
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
