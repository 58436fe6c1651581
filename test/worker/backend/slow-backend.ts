import type { ModelDescription } from '../../../shared/protocol/model-description.ts';
import type { Backend } from '../../../worker/backend/backend.ts';
import { builtinModels } from '../../../worker/backend/analytic.ts';
import { threadedBackend } from '../../../worker/backend/threaded-backend.ts';
import type { SlowPayload } from './slow-thread.ts';

/** A backend with one model, 'slow', whose thread blocks for `blockMs` in every call. */
export function slowBackend(value: SlowPayload): Backend {
  return threadedBackend({
    kind: 'slow',
    entry: new URL('./slow-thread.ts', import.meta.url),
    models: [{ description: slowDescription(), payload: async () => ({ value }) }],
  });
}

function slowDescription(): ModelDescription {
  const [mixture] = builtinModels();
  if (mixture === undefined) throw new Error('no builtin model');
  return { ...mixture.description, name: 'slow', backend: 'slow', conditions: [], guidance: 0 };
}
