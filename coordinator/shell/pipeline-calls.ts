/**
 * What a pipeline has around its denoiser, asked of a worker that has it: conditions made of
 * prompts before a job, pictures made of samples after it. A worker that is lost meanwhile is no
 * reason to fail: another one is asked, and what it makes is the same.
 */
import type { WorkerData__Output } from '../../proto/generated/isochron/v1/WorkerData.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import {
  decodeConditions,
  decodeFailure,
  decodePicture,
  encodeLatentOrder,
  encodePictureOrder,
  encodePromptsOrder,
  type EncodedCondition,
  type Picture,
  type Pixels,
  type Prompts,
} from '../../shared/protocol/pipeline-wire.ts';
import type { CoordinatorData } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { WorkerRegistry, WorkerSession } from './worker-session.ts';

/** Text encoders of gigabytes are read from disk first; who takes longer hangs. */
const CALL_MS = 600_000;
const ATTEMPTS = 3;

/** By its file: pictures are made by workers that have what made the samples. */
export interface ModelFile {
  readonly name: string;
  readonly sha256: string;
}

export interface PipelineCalls {
  encode(model: ModelFile, prompts: Prompts): Promise<EncodedCondition[]>;
  /** A latent of a picture. */
  encodePicture(model: ModelFile, pixels: Pixels): Promise<Float32Array>;
  /** @param latent one sample */
  decode(model: ModelFile, latent: Float32Array): Promise<Picture>;
  /** Workers that could be asked now. */
  workersOf(model: ModelFile): number;
  /** A message from a worker's data stream; false where it is no answer to a call. */
  receive(worker: string, message: WorkerData__Output): boolean;
  lost(worker: string): void;
}

export interface PipelineCallsOptions {
  readonly workers: WorkerRegistry;
  /** Not while it leaves. */
  readonly takesWork: (worker: string) => boolean;
}

interface Pending {
  readonly worker: string;
  readonly resolve: (answer: WorkerData__Output) => void;
  readonly reject: (error: SamplerError) => void;
}

interface Calls extends PipelineCallsOptions {
  readonly pending: Map<number, Pending>;
  made: number;
}

type Order = (number: number) => CoordinatorData[];

export function createPipelineCalls(options: PipelineCallsOptions): PipelineCalls {
  const calls: Calls = { ...options, pending: new Map(), made: 0 };
  return {
    workersOf: (model) => able(calls, model).length,
    encode: async (model, prompts) => {
      const order: Order = (number) => encodePromptsOrder(number, model.name, prompts);
      const { encodedTensors } = await call(calls, model, order);
      if (encodedTensors) return decodeConditions(encodedTensors);
      throw unfitting('prompts');
    },
    encodePicture: async (model, pixels) => {
      const order: Order = (number) => encodePictureOrder(number, model.name, pixels);
      const { encodedTensors } = await call(calls, model, order);
      const [latent] = encodedTensors ? decodeConditions(encodedTensors) : [];
      if (latent) return latent.data;
      throw unfitting('a picture');
    },
    decode: async (model, latent) => {
      const order: Order = (number) => encodeLatentOrder(number, model.name, latent);
      const { decodedPicture } = await call(calls, model, order);
      if (decodedPicture) return decodePicture(decodedPicture);
      throw unfitting('a latent');
    },
    receive: (worker, message) => receive(calls, worker, message),
    lost: (worker) => {
      for (const asked of calls.pending.values()) {
        const text = `worker ${worker} went away`;
        if (asked.worker === worker) asked.reject(new SamplerError('WORKER_LOST', text));
      }
    },
  };
}

/** An answer to a call, and not to this kind of call. */
function unfitting(asked: string): SamplerError {
  return new SamplerError('INTERNAL', `a worker answered ${asked} with something else`);
}

function able({ workers, takesWork }: Calls, { name, sha256 }: ModelFile): WorkerSession[] {
  return workers.all().filter(({ id, data, models }) => {
    const has = models.some((model) => model.name === name && model.sha256 === sha256);
    return has && data !== undefined && takesWork(id);
  });
}

/** Whoever has the fewest calls. */
function next(calls: Calls, model: ModelFile): WorkerSession {
  const asked = [...calls.pending.values()];
  const busy = ({ id }: WorkerSession) => asked.filter(({ worker }) => worker === id).length;
  const [found] = able(calls, model).sort((a, b) => busy(a) - busy(b));
  if (found) return found;
  const text = `found no worker that has ${model.name}, expected one: start one`;
  throw new SamplerError('WORKER_LOST', text, { retriable: true });
}

async function call(calls: Calls, model: ModelFile, order: Order): Promise<WorkerData__Output> {
  for (let attempt = 1; ; attempt++) {
    const session = next(calls, model);
    try {
      return await ask(calls, session, order);
    } catch (error) {
      const { code } = SamplerError.from(error);
      if (code !== 'WORKER_LOST' || attempt === ATTEMPTS) throw error;
    }
  }
}

function ask(calls: Calls, session: WorkerSession, order: Order): Promise<WorkerData__Output> {
  const number = ++calls.made;
  const { promise, resolve, reject } = Promise.withResolvers<WorkerData__Output>();
  calls.pending.set(number, { worker: session.id, resolve, reject });
  const late = setTimeout(() => {
    const text = `worker ${session.name} gave no answer in ${CALL_MS / 1000} s`;
    reject(new SamplerError('DEADLINE_MISSED', text));
  }, CALL_MS);
  late.unref();
  void session.data?.write(order(number));
  return promise.finally(() => {
    clearTimeout(late);
    calls.pending.delete(number);
  });
}

function receive({ pending }: Calls, worker: string, message: WorkerData__Output): boolean {
  const { encodedTensors, decodedPicture, pipelineFailed } = message;
  const answer = encodedTensors ?? decodedPicture ?? pipelineFailed;
  if (!answer) return false;
  const asked = pending.get(answer.number);
  // of an earlier registration, or late
  if (asked?.worker !== worker) return true;
  if (pipelineFailed) asked.reject(decodeFailure(pipelineFailed));
  else asked.resolve(message);
  return true;
}
