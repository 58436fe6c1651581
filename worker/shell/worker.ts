/**
 * A worker in one piece: models, runtime, the two streams, health. Each registration has a runtime
 * of its own, so nothing of a lost coordinator survives it.
 */
import { setImmediate as breathe } from 'node:timers/promises';

import { credentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import type { FleetClient } from '../../proto/generated/isochron/v1/Fleet.ts';
import type { Registered__Output } from '../../proto/generated/isochron/v1/Registered.ts';
import type { FromBlock } from '../../shared/kernel/block-messages.ts';
import type { TlsChannelCredentials } from '../../shared/protocol/access/tls-channel.ts';
import type { MutualTlsFiles } from '../../shared/protocol/access/tls-files.ts';
import { bearer } from '../../shared/protocol/access/bearer.ts';
import {
  controlChannelOptions,
  dataChannelOptions,
} from '../../shared/protocol/channel-options.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { failpoint } from '../../shared/protocol/failpoints.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';
import type { LatencyCurve } from '../../shared/protocol/model-description.ts';
import type { Backend } from '../backend/backend.ts';
import { remeasureLatencyCurve } from '../backend/measure.ts';
import type { MeasureLatencyOptions } from '../backend/measure.ts';
import { createBlockRuntime } from '../core/block-runtime.ts';
import type { BlockRuntime } from '../core/block-runtime.ts';
import { addCounts } from '../core/call-meter.ts';
import { conditionCache } from './condition-cache.ts';
import { createControlClient } from './control-client.ts';
import type { ControlClient, MeasureOrder } from './control-client.ts';
import { openDataClient } from './data-client.ts';
import type { DataClient } from './data-client.ts';
import { serveHealth } from './health.ts';
import type { HealthServer } from './health.ts';
import { denoiserOpener, slotQueues } from './job-denoiser.ts';
import type { OpenDenoiser } from './job-denoiser.ts';
import { pipelineAnswer } from './pipeline-calls.ts';
import { workerTls, workerToken } from './worker-access.ts';
import { defaultName, readyModels, registration } from './registration.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export interface WorkerOptions {
  /** HOST:PORT. */
  readonly coordinator: string;
  /** Closed with the worker. */
  readonly backend: Backend;
  readonly name?: string | undefined;
  readonly healthListen?: string | undefined;
  /** Default what a coordinator on this machine has left. */
  readonly tokenFile?: string | undefined;
  /** The worker's certificate, and the authority that signed the coordinator's. */
  readonly certificates?: MutualTlsFiles | undefined;
  readonly log: Logger;
  readonly measure?: MeasureLatencyOptions;
  /** How long held blocks may take to finish in a drain. */
  readonly drainMs?: number;
  /** Least milliseconds after which a model call counts as hung; 0 watches none. */
  readonly hangMs?: number | undefined;
}

export interface RunningWorker {
  readonly name: string;
  /** Whether a coordinator knows this worker now. */
  readonly registered: boolean;
  readonly healthPort: number | undefined;
  /** Takes no new blocks, finishes those it holds, and closes. */
  drain(): Promise<void>;
  /** Leaves at once; the coordinator gives the blocks to others. */
  close(): Promise<void>;
  /** Resolves once the worker has left, by whichever way. */
  readonly left: Promise<void>;
}

interface Session {
  readonly runtime: BlockRuntime;
  readonly data: DataClient;
}

const drainMsDefault = 60_000;

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { backend, log, certificates, hangMs, measure } = options;
  const { name = defaultName() } = options;
  const tls = certificates && workerTls(options.coordinator, certificates, log);
  // a device that is not there cannot hang, and many of them share a process; calls of another
  // server have deadlines
  const elsewhere = backend.kind === 'oip' || backend.kind.startsWith('emulated');
  const watched = hangMs !== 0 && !elsewhere;
  const watchdog = watched ? startWatchdog() : undefined;
  const health =
    options.healthListen === undefined ? undefined : await serveHealth(options.healthListen);
  try {
    const models = await readyModels(backend, log, { measure, watchdog, hangMs });
    const now = () => performance.now();
    const queues = slotQueues(models, now);
    const openDenoiser = denoiserOpener(models, now, queues);
    const register = registration(backend, models, name);
    const made = { name, health, openDenoiser, now, register, queues, watchdog, tls };
    return new Worker({ ...options, ...made });
  } catch (error) {
    health?.close();
    await backend.close();
    await watchdog?.close();
    throw error;
  }
}

interface Parts extends WorkerOptions {
  readonly name: string;
  readonly health: HealthServer | undefined;
  readonly openDenoiser: OpenDenoiser;
  readonly now: () => number;
  readonly register: ReturnType<typeof registration>;
  readonly queues: ReturnType<typeof slotQueues>;
  readonly watchdog: Watchdog | undefined;
  readonly tls: TlsChannelCredentials | undefined;
}

class Worker implements RunningWorker {
  readonly name: string;
  readonly left: Promise<void>;
  readonly #parts: Parts;
  readonly #conditions = conditionCache();
  readonly #control: ControlClient;
  readonly #clients: readonly { close(): void }[];
  readonly #leave: () => void;
  #session: Session | undefined;
  #idle: (() => void) | undefined;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.name;
    const { coordinator, backend, log, register } = parts;
    const { Fleet } = loadPackage();
    const { tls } = parts;
    const channel = tls ?? credentials.createInsecure();
    // a certificate says it all
    const token = tls ? () => undefined : workerToken(coordinator, parts.tokenFile);
    const interceptors = [bearer(token)];
    const control = new Fleet(coordinator, channel, { ...controlChannelOptions, interceptors });
    const data = new Fleet(coordinator, channel, { ...dataChannelOptions, interceptors });
    this.#clients = [control, data];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.left = promise;
    // whoever does not wait for it must not crash
    promise.catch(() => undefined);
    this.#leave = resolve;
    this.#control = createControlClient({
      client: control,
      coordinator,
      register,
      log,
      progressMs: () => backend.lastProgressMs(),
      holds: () => {
        const { held: blocks = 0, openJobs: jobs = 0 } = this.#session?.runtime ?? {};
        return { blocks, jobs };
      },
      takeCounts: () => addCounts([...parts.queues.values()].map((queue) => queue.takeCounts())),
      onRegistered: (registered) => this.#begin(data, registered),
      onLost: () => this.#end(),
      onDrainOrder: () => void this.drain(),
      refusal: () => tls?.refusal,
      onRefused: (why) => {
        reject(new SamplerError('UNAUTHENTICATED', `coordinator ${coordinator}: TLS: ${why}`));
        void this.close();
      },
      measure: (order) => this.#measure(order),
    });
  }

  async #measure({ model, ...order }: MeasureOrder): Promise<LatencyCurve> {
    const queue = this.#parts.queues.get(model);
    if (queue === undefined) throw new SamplerError('UNKNOWN_MODEL', `no model ${model} here`);
    return remeasureLatencyCurve(queue, order);
  }

  get registered(): boolean {
    return this.#control.registered;
  }

  get healthPort(): number | undefined {
    return this.#parts.health?.port;
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #begin(client: FleetClient, { worker, epoch }: Registered__Output): void {
    const { log, openDenoiser, now, health, backend } = this.#parts;
    log.info({ worker, epoch }, 'registered');
    const runtime = createBlockRuntime({
      openDenoiser,
      now,
      breathe: () => breathe(),
      send: (message) => {
        if (message.kind === 'blockFailed') logFailure(log, worker, message);
        opened.send(message);
      },
      onIdle: () => this.#idle?.(),
    });
    const opened = openDataClient({
      client,
      worker,
      conditions: this.#conditions,
      aside: (order) => pipelineAnswer(backend.pipelines, order),
      onMessage: (message) => {
        // that it arrived is known then, should it be the last that is heard of this process
        if (message.kind === 'assignBlock' && message.fence.attempt > 0) this.#control.beat();
        runtime.handle(message);
      },
      onEnd: (reason) => this.#control.drop(reason),
    });
    this.#session = { runtime, data: opened };
    health?.set(true);
  }

  #end(): void {
    // for tests: a worker that does not notice goes on, and what it says is late
    if (failpoint('worker.lost')?.action === 'ignore') return;
    const session = this.#session;
    this.#session = undefined;
    session?.runtime.reset();
    session?.data.close();
    this.#parts.health?.set(false);
  }

  async #drain(): Promise<void> {
    const { log, drainMs = drainMsDefault } = this.#parts;
    const held = this.#session?.runtime.held ?? 0;
    log.info({ held }, 'draining');
    this.#control.drain();
    if (held > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, drainMs);
      this.#idle = resolve;
      await promise;
      clearTimeout(timer);
    }
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#control.close();
    this.#end();
    for (const client of this.#clients) client.close();
    this.#parts.health?.close();
    try {
      await this.#parts.backend.close();
      await this.#parts.watchdog?.close();
    } finally {
      this.#leave();
    }
  }
}

function logFailure(
  log: Logger,
  worker: string,
  { fence, code, message, retriable }: Extract<FromBlock, { kind: 'blockFailed' }>,
): void {
  const { job, block, round } = fence;
  log.warn({ job, block, worker, round, code, why: message, retriable }, 'block failed');
}
