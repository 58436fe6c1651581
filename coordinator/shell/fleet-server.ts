/** The two streams of every worker: Control (registration, leases, drain) and Data (blocks). */
import { performance } from 'node:perf_hooks';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { CoordinatorControl } from '../../proto/generated/isochron/v1/CoordinatorControl.ts';
import type { CoordinatorData } from '../../proto/generated/isochron/v1/CoordinatorData.ts';
import type { Heartbeat__Output } from '../../proto/generated/isochron/v1/Heartbeat.ts';
import type { Missing__Output } from '../../proto/generated/isochron/v1/Missing.ts';
import type { Register__Output } from '../../proto/generated/isochron/v1/Register.ts';
import type { WorkerControl__Output } from '../../proto/generated/isochron/v1/WorkerControl.ts';
import type { WorkerData__Output } from '../../proto/generated/isochron/v1/WorkerData.ts';
import { limits } from '../../shared/kernel/limits.ts';
import { assembleFromBlock, decodeFromBlock } from '../../shared/protocol/block-wire.ts';
import { fitsCertificate } from '../../shared/protocol/access/worker-name.ts';
import { byteCache } from '../../shared/protocol/byte-cache.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { protocolVersion } from '../../shared/protocol/loader.ts';
import { decodeModel } from '../../shared/protocol/model-wire.ts';
import { encodeSupply } from '../../shared/protocol/orders.ts';
import { toServiceError } from '../../shared/protocol/status.ts';
import { OrderedWriter } from '../../shared/protocol/stream.ts';
import { checkMetadata } from './auth/gate.ts';
import { logInternal } from './log-internal.ts';
import type { WorkerCall } from './worker-call.ts';
import type { Calibrator } from './calibrator.ts';
import type { Engine } from './engine.ts';
import type { PipelineCalls } from './pipeline-calls.ts';
import type { WorkerSession } from './worker-session.ts';

/**
 * A worker gives itself up after more than a lease of silence: its blocks are elsewhere by then,
 * and fences drop its replies, while a coordinator that only stalled keeps its workers.
 */
const FENCE_LEASES = 2;

/** A worker ends itself first where a model call hangs; this is for one that does not. */
const HANG_FACTOR = 1.5;

type ControlStream = ServerDuplexStream<WorkerControl__Output, CoordinatorControl>;
type DataStream = ServerDuplexStream<WorkerData__Output, CoordinatorData>;

export interface FleetOptions {
  readonly admit: (call: WorkerCall) => string | undefined;
  readonly engine: Engine;
  readonly epoch: number;
  readonly log: Logger;
  readonly calibrator: Calibrator;
  readonly pipelines: PipelineCalls;
  /** What else is done with what a worker says of its model calls. */
  readonly heard?: (session: WorkerSession, heartbeat: Heartbeat__Output) => void;
  /** Bytes that a received message took on the wire. */
  readonly sizeOf: (message: object) => number;
}

interface CallOptions extends FleetOptions {
  /** The name in the worker's certificate, where it has one. */
  readonly certified: string | undefined;
}

export interface FleetHandlers {
  readonly Control: handleBidiStreamingCall<WorkerControl__Output, CoordinatorControl>;
  readonly Data: handleBidiStreamingCall<WorkerData__Output, CoordinatorData>;
}

export function fleetHandlers(options: FleetOptions): FleetHandlers {
  let registered = 0;
  return {
    Control: (call) => {
      const own = admitted(call, options);
      if (own) serveControl(call, own, () => `w${++registered}`);
    },
    Data: (call) => {
      const own = admitted(call, options);
      if (own) serveData(call, own);
    },
  };
}

/** Nothing of a call is read before it is known to be a worker's. */
function admitted(
  call: ControlStream | DataStream,
  options: FleetOptions,
): CallOptions | undefined {
  try {
    checkMetadata(call.metadata);
    return { ...options, certified: options.admit(call) };
  } catch (error) {
    const told = logInternal(options.log, error, { rpc: call.getPath() });
    call.on('error', () => undefined);
    call.emit('error', toServiceError(told));
    return undefined;
  }
}

function serveControl(call: ControlStream, options: CallOptions, nextId: () => string): void {
  const { engine, log } = options;
  let id: string | undefined;
  call.on('data', (message: WorkerControl__Output) => {
    if (message.register && id === undefined) {
      if (refuse(call, message.register)) return;
      id = nextId();
      tryRegister(call, options, id, message.register);
    } else if (message.heartbeat && id !== undefined) {
      const { progressAgeMs, number, blocks, jobs } = message.heartbeat;
      const session = engine.workers.get(id);
      if (session) {
        Object.assign(session, { progressAgeMs, holds: { blocks, jobs } });
        options.heard?.(session, message.heartbeat);
      }
      void session?.control.write([{ heard: { number } }]);
      options.calibrator.heard(message);
      engine.dispatch({ kind: 'workerSeen', worker: id, progressAgeMs });
    } else if (message.measured && id !== undefined) {
      options.calibrator.heard(message);
    } else if (message.draining && id !== undefined) {
      engine.dispatch({ kind: 'drainRequested', worker: id });
    }
  });
  const lost = () => {
    if (id === undefined || !engine.workers.get(id)) return;
    log.info({ worker: id }, 'worker left');
    engine.workers.remove(id);
    options.pipelines.lost(id);
    engine.dispatch({ kind: 'workerLost', worker: id });
  };
  call.on('error', lost);
  call.on('cancelled', lost);
  call.on('end', () => {
    lost();
    call.end();
  });
}

/** Another protocol version gets one clear refusal. */
function refuse(call: ControlStream, { protocolVersion: found, name }: Register__Output): boolean {
  if (found === protocolVersion) return false;
  const text = `worker ${name} speaks protocol ${found}, this coordinator ${protocolVersion}`;
  const error = new SamplerError('VERSION_SKEW', `${text}: install the same isochron on both`);
  call.emit('error', toServiceError(error));
  return true;
}

/** A registration that cannot be read is the worker's fault, not the end of the coordinator. */
function tryRegister(
  call: ControlStream,
  options: CallOptions,
  id: string,
  message: Register__Output,
): void {
  try {
    register(call, options, id, message);
  } catch (error) {
    const { name } = message;
    options.log.error({ err: error, name }, 'unreadable registration');
    call.emit('error', toServiceError(logInternal(options.log, error, { name })));
  }
}

function register(
  call: ControlStream,
  { engine, epoch, log, certified }: CallOptions,
  id: string,
  { name, backend, models, emulated, hangMs, previous }: Register__Output,
): void {
  refuseUncertified(name, certified);
  refuseQuarantined(engine, name);
  const control = new OrderedWriter<CoordinatorControl>(call);
  engine.workers.add({
    id,
    name,
    backend,
    emulated,
    hangMs,
    previous,
    certified,
    models: models.map(decodeModel),
    control,
    drop: (why) => {
      log.warn({ worker: id, name, why }, 'worker dropped');
      // destroying a stream tells its peer nothing: only a status does
      call.emit('error', toServiceError(new SamplerError('WORKER_LOST', `${id}: ${why}`)));
    },
    data: undefined,
    rttMs: undefined,
    figures: new Map(),
    conditions: byteCache(limits.conditionCacheBytesMax),
    progressAgeMs: 0,
    holds: { blocks: 0, jobs: 0 },
    modelCalls: 0,
    lastError: '',
  });
  log.info({ worker: id, name, models: models.map((model) => model.name) }, 'worker registered');
  const { leaseMs } = engine;
  const fenceMs = FENCE_LEASES * leaseMs;
  void control.write([{ registered: { worker: id, epoch, leaseMs, fenceMs } }]);
}

/** Nobody goes by another worker's name, which is what it is trusted by. */
function refuseUncertified(name: string, certified: string | undefined): void {
  if (certified === undefined || fitsCertificate(name, certified)) return;
  const text = `worker ${name}: found a certificate of ${certified}, expected --name ${certified}`;
  throw new SamplerError('FORBIDDEN', `${text}, or that with ":" and more behind it`);
}

/** It may come back when its time is over; until then it is told why it may not. */
function refuseQuarantined(engine: Engine, name: string): void {
  const { untilMs = 0, why } = engine.state().trust.get(name) ?? {};
  const leftMs = untilMs - performance.now();
  if (leftMs <= 0) return;
  const text = `worker ${name} is quarantined for another ${Math.ceil(leftMs / 1000)} s: ${why}`;
  throw new SamplerError('FORBIDDEN', text, { retriable: true });
}

function serveData(call: DataStream, options: CallOptions): void {
  const { engine, log, sizeOf } = options;
  const assembler = assembleFromBlock();
  let worker: string | undefined;
  let bytes = 0;
  call.on('data', (message: WorkerData__Output) => {
    if (message.attach) {
      worker = attach(call, options, message.attach.worker);
      return;
    }
    try {
      bytes += sizeOf(message);
      const complete = assembler.push(message);
      if (!complete || worker === undefined) return;
      if (complete.missing) return supply(options, worker, complete.missing);
      if (options.pipelines.receive(worker, complete)) {
        bytes = 0;
        return;
      }
      const reply = decodeFromBlock(complete);
      const record = engine.records.get(reply.fence.job);
      if (record) record.bytes.fromWorkers += bytes;
      bytes = 0;
      engine.receive(worker, reply);
    } catch (error) {
      // a worker that sends what cannot be read is dropped; its blocks go to another one
      log.error({ worker, err: error }, 'unreadable message from worker');
      const told = logInternal(log, error, { worker });
      call.emit('error', toServiceError(told));
      if (worker === undefined) return;
      const { code, message: why } = told;
      // the third one may have dropped it already
      if (code === 'CORRUPTED') engine.dispatch({ kind: 'workerStruck', worker, why });
      engine.workers.get(worker)?.drop(why);
    }
  });
  call.on('error', () => undefined);
  call.on('end', () => call.end());
}

/** It was thought to have them, and has made room since, or is another process by now. */
function supply({ engine }: FleetOptions, worker: string, { job, digests }: Missing__Output): void {
  const session = engine.workers.get(worker);
  for (const digest of digests) session?.conditions.delete(digest);
  const conditions = engine.records.get(job)?.resolved?.spec.conditions ?? [];
  void session?.data?.write(encodeSupply(job, conditions));
}

function attach(
  call: DataStream,
  { engine, epoch, calibrator, certified }: CallOptions,
  id: string,
): string | undefined {
  const session = engine.workers.get(id);
  if (!session || session.certified !== certified) {
    call.emit(
      'error',
      toServiceError(new SamplerError('STALE_FENCE', `worker ${id} is not registered`)),
    );
    return undefined;
  }
  session.data = new OrderedWriter<CoordinatorData>(call);
  const models = session.models.map(({ name, sha256, latencyCurve: curve }) => {
    return { name, sha256, curve };
  });
  const hangMs = session.hangMs > 0 ? HANG_FACTOR * session.hangMs : undefined;
  // first, so that jobs which waited for a worker are planned with its figures
  calibrator.joined();
  const { name, previous } = session;
  // an id of an earlier coordinator may be somebody else's here
  const [ofEpoch, before] = previous.split('/');
  const known = { name, previous: Number(ofEpoch) === epoch ? before : undefined };
  engine.dispatch({ kind: 'workerAttached', worker: id, models, hangMs, ...known });
  return id;
}
