/** A connected worker: what it registered and the two streams it is reached by. */
import type { CoordinatorControl } from '../../proto/generated/isochron/v1/CoordinatorControl.ts';
import type { CoordinatorData } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { ByteCache } from '../../shared/protocol/byte-cache.ts';
import type { LatencyCurve, RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { OrderedWriter } from '../../shared/protocol/stream.ts';

/** What the calibrator found for one model of one worker. */
export interface SharedFigures {
  /** While the others were idle; undefined where there were too many to ask one by one. */
  readonly alone: LatencyCurve | undefined;
  /** While all of them computed. */
  readonly crowded: LatencyCurve;
  /** How many they were. */
  readonly crowd: number;
}

export interface WorkerSession {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  readonly emulated: boolean;
  /** As it says itself: a model call that takes longer hangs. 0 where it does not know. */
  readonly hangMs: number;
  readonly models: readonly RegisteredModel[];
  readonly control: OrderedWriter<CoordinatorControl>;
  /** Its registration before, EPOCH/ID; empty for a process that has had none. */
  readonly previous: string;
  /** The name in its certificate, where it has one. */
  readonly certified?: string | undefined;
  /** Ends its registration, and tells it why. */
  drop(why: string): void;
  data: OrderedWriter<CoordinatorData> | undefined;
  /** There and back of an empty message, once it is measured. */
  rttMs: number | undefined;
  /** By model, once it was measured beside the other workers that have it. */
  readonly figures: Map<string, SharedFigures>;
  /** Digests of the conditions that it was sent and, as far as one can tell, still holds. */
  readonly conditions: ByteCache<true>;
  progressAgeMs: number;
  /** What it said it held with its last heartbeat. */
  holds: { readonly blocks: number; readonly jobs: number };
  modelCalls: number;
  lastError: string;
}

export interface WorkerRegistry {
  add(session: WorkerSession): void;
  remove(id: string): void;
  get(id: string): WorkerSession | undefined;
  all(): WorkerSession[];
  /** The model as the first worker that has it described it, and how many have the same file. */
  findModel(name: string): { model: RegisteredModel; workers: number } | undefined;
}

export function createWorkerRegistry(): WorkerRegistry {
  const sessions = new Map<string, WorkerSession>();
  const attached = () => [...sessions.values()].filter(({ data }) => data !== undefined);
  return {
    add: (session) => void sessions.set(session.id, session),
    remove: (id) => void sessions.delete(id),
    get: (id) => sessions.get(id),
    all: () => [...sessions.values()],
    findModel(name) {
      const offers = attached().flatMap(({ models }) =>
        models.filter((model) => model.name === name),
      );
      const [model] = offers;
      if (!model) return undefined;
      const workers = offers.filter(({ sha256 }) => sha256 === model.sha256).length;
      return { model, workers };
    },
  };
}
